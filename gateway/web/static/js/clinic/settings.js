// The clinic's settings save themselves: what is switched is sent at once, said, and can be undone. Without a script
// each form keeps its button.
import { say } from "../shared/page.js";

const main = document.getElementById("main");
/** @type {Map<string, URLSearchParams>} */
const kept = new Map(); // a form's address → what it held when it was last saved

/** @param {HTMLFormElement} form */
const contents = (form) => new URLSearchParams(/** @type {any} */ (new FormData(form)));

function begin() {
  for (const form of main.querySelectorAll("form[data-saves]")) {
    kept.set(form.action, contents(form));
    for (const button of form.querySelectorAll("[data-save-button]")) button.hidden = true;
    const send = () => save(form.action, contents(form), kept.get(form.action));
    form.addEventListener("change", send); // a time that is typed changes when it is left
    form.addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      send();
    });
  }
}

/**
 * @param {string} address @param {URLSearchParams} said
 * @param {URLSearchParams} [before] what *Fortryd* sends; none after an undoing
 */
async function save(address, said, before) {
  const held = document.activeElement?.getAttribute("data-testid");
  const response = await fetch(address, { method: "POST", body: said, credentials: "same-origin" }).catch(() => null);
  if (!response) return tell(main.dataset.notsaved ?? "");
  const page = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("main");
  if (!page) return location.reload(); // logged out, for example
  const open = [...main.querySelectorAll("details[open] > summary")].map((one) => one.dataset.testid);
  main.replaceChildren(...page.childNodes);
  for (const summary of main.querySelectorAll("details > summary")) {
    if (open.includes(summary.dataset.testid)) summary.parentElement.open = true;
  }
  begin();
  main.querySelector(`[data-testid="${held}"]`)?.focus();
  if (response.ok) tell(main.dataset.saved ?? "", before ? () => save(address, before) : undefined);
  else main.querySelector("#error-summary")?.focus();
}

/** @param {string} words @param {() => void} [undo] */
function tell(words, undo) {
  const line = Object.assign(document.createElement("p"), { className: "notice saved-line", textContent: `${words} ` });
  line.dataset.testid = "saved";
  if (undo) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button button--secondary" });
    button.textContent = main.dataset.undo ?? "";
    button.dataset.testid = "undo";
    button.addEventListener("click", undo);
    line.append(button);
  }
  main.querySelector(".saved-line")?.remove();
  main.append(line);
  say(""); // the same words twice are said twice
  say(words);
}

begin();
