// The whole identity number on request: shown for a minute, or copied without being shown (requirements.md U11).
import { send } from "../shared/api.js";
import { say } from "../shared/page.js";

const timers = new WeakMap();

/** @param {HTMLElement} digits @param {string} entry */
async function show(digits, entry) {
  const { identifier, seconds } = await send(`/api/v1/entries/${entry}/identifier`);
  digits.textContent = identifier.length === 10 ? `${identifier.slice(0, 6)}-${identifier.slice(6)}` : identifier;
  clearTimeout(timers.get(digits));
  timers.set(digits, setTimeout(() => { digits.textContent = digits.dataset.masked; }, seconds * 1000));
}

/** @param {HTMLButtonElement} button @param {string} entry */
async function copy(button, entry) {
  const { identifier } = await send(`/api/v1/entries/${entry}/identifier`);
  await navigator.clipboard.writeText(identifier);
  say(button.dataset.said);
}

document.addEventListener("click", (event) => {
  const button = event.target?.closest('[data-act$="-identifier"]');
  if (!button) return;
  const around = button.closest("[data-entry]");
  const entry = around.dataset.entry;
  if (button.dataset.act === "show-identifier") show(around.querySelector(".identifier__digits"), entry);
  else copy(button, entry);
});
