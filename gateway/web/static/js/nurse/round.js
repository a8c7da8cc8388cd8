// A round in the call: point at a citizen, and both screens show nobody else. What is being typed stays where it is
// while only the list around it changes; it is saved before its citizen leaves the screen.
import { send } from "../shared/api.js";

const DOUBTS = 4000;

/**
 * Buttons of the panel, by delegation: the panel is put in anew at each change.
 * @param {HTMLElement} root @param {() => Promise<unknown>} refresh
 */
export function startRound(root, refresh) {
  /** @param {Event} event */
  const act = async (event) => {
    const panel = event.target?.closest("#round");
    const button = event.target?.closest("[data-discusses], [data-stops]");
    if (!panel || !button || button.disabled) return;
    if ("stops" in button.dataset && !isSure(button, panel.dataset.sure)) return;
    button.disabled = true;
    try {
      if ("stops" in button.dataset) await send(panel.dataset.stop);
      else await send(panel.dataset.discuss, { case: button.dataset.discusses });
    } finally {
      button.disabled = false;
      refresh().catch(() => {}); // the stream brings the same news
    }
  };
  root.addEventListener("click", act);
  return () => root.removeEventListener("click", act);
}

/**
 * A consent is not withdrawn by a slip of the finger: the second press within four seconds counts.
 * @param {HTMLButtonElement} button @param {string} question
 */
function isSure(button, question) {
  if (button.dataset.asked) return true;
  const words = button.textContent;
  button.dataset.asked = "yes";
  button.textContent = question;
  setTimeout(() => { delete button.dataset.asked; button.textContent = words; }, DOUBTS);
  return false;
}

/**
 * Put the new panel in. `keeper` saves and lets go of the fields of the one who leaves, and takes up the new ones.
 * @param {HTMLElement} live
 * @param {string} html
 * @param {{start: (part: HTMLElement) => void, stop: () => void}} keeper
 */
export function renewRound(live, html, keeper) {
  const part = new DOMParser().parseFromString(html, "text/html").getElementById("round");
  const old = live.querySelector("#round");
  if (!part) return;
  if (old?.dataset.discussed === part.dataset.discussed) {
    const held = document.activeElement?.dataset?.discusses;
    old.querySelector("#round-others").replaceWith(part.querySelector("#round-others"));
    if (held) live.querySelector(`#round-others [data-discusses="${held}"]`)?.focus();
    return;
  }
  keeper.stop();
  live.replaceChildren(part);
  keeper.start(live);
  live.querySelector("h2")?.setAttribute("tabindex", "-1");
  live.querySelector("h2")?.focus();
}
