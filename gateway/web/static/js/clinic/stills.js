// Pictures for the note, as the clinic sees them: one press asks for one; what the employee has taken is shown.
import { send } from "../shared/api.js";
import { say } from "../shared/page.js";

/** @typedef {{offered: boolean, asked: boolean, kept: string[]}} Stills */

/**
 * @param {HTMLElement} root @param {(verb: string) => string} door @param {(state: any) => void} show
 * @returns {(stills: Stills) => void} what shows how far they are
 */
export function offerStills(root, door, show) {
  const [button, list, line] = ["#ask-still", "#stills-shown", "#stills-said"].map((id) => root.querySelector(id));
  const { asked, taken, gone, wrong, picture, address } = list.dataset;
  button.addEventListener("click", () => send(door("ask-still")).then(show).catch(() => { line.textContent = wrong; say(wrong, true); }));
  let before = "";
  return (stills) => {
    button.hidden = !stills.offered;
    const now = stills.kept.join();
    if (now !== before) {
      list.replaceChildren(...stills.kept.map((id, place) => item(`${address}/${id}`, `${picture} ${place + 1}`)));
      list.hidden = !now;
    }
    const words = stills.asked ? asked : now === before ? line.textContent : stills.kept.length < before.split(",").filter(Boolean).length ? gone : taken;
    if (line.textContent !== words) line.textContent = words; // read aloud by its role
    before = now;
  };
}

/** @param {string} src @param {string} alt */
function item(src, alt) {
  const line = document.createElement("li");
  const image = Object.assign(document.createElement("img"), { src, alt });
  image.dataset.testid = "still";
  line.append(image);
  return line;
}
