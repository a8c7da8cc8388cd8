// On every page: focus where reading starts, buttons that fire once, and no page of a citizen out of the back button.
import { watchNumbers } from "./number.js";

const start = document.getElementById("error-summary") ?? document.querySelector("main h1");
if (!location.hash) start?.focus({ preventScroll: true });

addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// A form that has been sent decides where the page goes next; news that arrives meanwhile must not overtake it.
let sent = 0;
document.addEventListener("submit", (event) => { if (!event.defaultPrevented) sent = Date.now(); });
export const isLeaving = () => Date.now() - sent < 8000;

document.addEventListener("submit", (event) => {
  const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
  if (!button || event.defaultPrevented) return;
  setTimeout(() => { button.disabled = true; });
  setTimeout(() => { button.disabled = false; }, 8000);
});

// A list is narrowed while one types; without a script its form asks the server.
document.addEventListener("input", (event) => {
  const field = /** @type {HTMLInputElement} */ (event.target);
  const list = document.getElementById(field.form?.dataset.filters ?? "");
  if (!list) return;
  const words = field.value.trim().toLocaleLowerCase("da");
  for (const one of /** @type {any} */ (list.children)) one.hidden = !one.textContent.toLocaleLowerCase("da").includes(words);
  document.getElementById(`${list.id}-none`).hidden = [...list.children].some((one) => !(/** @type {any} */ (one)).hidden);
});

addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details[data-on-paper]")) folded.setAttribute("open", "");
});

// A day or a time that cannot be read is said in the page's own words, where the browser would use its own.
document.addEventListener("invalid", (event) => {
  const field = /** @type {HTMLInputElement} */ (event.target);
  if (field.dataset.wrong && !field.validity.customError) field.setCustomValidity(field.dataset.wrong);
}, { capture: true });
document.addEventListener("input", (event) => {
  const field = /** @type {HTMLInputElement} */ (event.target);
  if (field.dataset.wrong) field.setCustomValidity("");
});

document.addEventListener("click", (event) => {
  const opener = event.target?.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  if (event.target?.closest("[data-closes]")) event.target?.closest("dialog")?.close();
  const quick = event.target?.closest("[data-quick]");
  if (quick) fillIn(quick);
  if (event.target?.closest("[data-prints]")) print();
  const copier = event.target?.closest("[data-copies]");
  if (copier) copyText(copier);
});

/** A ready-made sentence into its field; what is left to write is written there. @param {HTMLButtonElement} button */
function fillIn(button) {
  const field = document.getElementById(button.dataset.quick);
  field.value = button.dataset.words ?? button.textContent.trim();
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
}

/** @param {HTMLButtonElement} button */
async function copyText(button) {
  const source = document.getElementById(button.dataset.copies);
  await navigator.clipboard.writeText(source.innerText);
  say(button.dataset.said ?? "");
}

/** Speak through the page's live regions; the same sentence is not repeated. @param {string} text */
export function say(text = "", assertive = false) {
  const region = document.getElementById(assertive ? "assertive" : "polite");
  if (text && region.textContent !== text) region.textContent = text;
}

watchNumbers(say);
