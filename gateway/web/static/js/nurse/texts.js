// Nothing typed is lost: every field with data-keeps or data-draft is on the server within two seconds. No text is
// kept in the browser's storage.
import { Refused, inTurn, send } from "../shared/api.js";
import { isHeldBack } from "../shared/number.js";

const PAUSE = 1200;
const LAST_TRIES = 5;

/**
 * Save while typing, and once more when the page is left. Returns a function that stops it.
 * @param {HTMLElement} root
 */
export function keepTexts(root) {
  const stops = [.../** @type {NodeListOf<HTMLTextAreaElement>} */ (root.querySelectorAll("textarea[data-keeps]"))].map((field) =>
    keep(field, field.dataset.keeps, () => ({ text: field.value, case: field.dataset.case })));
  const form = root.querySelector("form[data-draft]");
  const reason = form?.querySelector("textarea[name=reason]");
  if (reason) stops.push(keep(reason, form.dataset.draft, () => ({ reason: reason.value })));
  return () => stops.forEach((stop) => stop());
}

/** @param {HTMLTextAreaElement} field @param {string} address @param {() => object} body */
function keep(field, address, body) {
  const line = field.closest(".field, form")?.querySelector(".saved");
  /** @type {number | undefined} */
  let timer;
  let kept = field.defaultValue; // what the server sent: letters typed before this script ran are not kept yet
  let stopped = false;
  let tries = 0; // after the screen has gone

  const save = inTurn(async () => {
    clearTimeout(timer);
    timer = undefined;
    const value = field.value;
    if (value === kept || isHeldBack(field)) return;
    try {
      await send(address, body());
      kept = value;
      if (line && field.value === value) line.textContent = line.dataset.saved; // all of it, not what was there by then
    } catch (fault) {
      if (line) line.textContent = line.dataset.unsaved;
      const later = !stopped || !(fault instanceof Refused) && (tries += 1) < LAST_TRIES;
      if (later) timer ??= setTimeout(save, 2 * PAUSE);
    }
  });

  const typed = () => {
    if (line) line.textContent = "";
    timer ??= setTimeout(save, PAUSE);
  };
  field.addEventListener("input", typed);
  field.addEventListener("change", save);
  if (field.value !== kept) typed();
  return () => { stopped = true; clearTimeout(timer); save(); };
}

/** Minutes left until the note goes by itself. @param {HTMLElement} root */
export function countReview(root) {
  const until = Date.parse(root.querySelector("[data-until]")?.dataset.until ?? "");
  const words = root.querySelector("#review-left");
  if (!until || !words) return () => {};
  const show = () => { words.textContent = `(${Math.max(0, Math.ceil((until - Date.now()) / 60000))} ${words.dataset.words})`; };
  show();
  const timer = setInterval(show, 15000);
  return () => clearInterval(timer);
}
