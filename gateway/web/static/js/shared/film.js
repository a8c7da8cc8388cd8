// The arrows turn the pages of the film in Hjælp.
const TURNS = new Map([["ArrowRight", "next"], ["ArrowLeft", "prev"]]);

addEventListener("keydown", (event) => {
  const turn = TURNS.get(event.key);
  if (!turn || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = /** @type {HTMLAnchorElement | null} */ (document.querySelector(`a[rel=${turn}]`));
  link?.click();
});
