// A CPR number in free text: warned of or held back in the browser, by the rule that the server has as well
// (gateway/domain/identifiers.py; tests/fixtures/citizen_numbers.json holds both to it).
const GAP = "[^\\p{L}\\p{N}]{0,3}"; // whatever is neither letter nor digit
const BREAK = "[^\\p{L}\\p{N}]"; // in pairs, five and no more: four of them are a telephone number
const CLOCK = "\\s(?:[01][0-9]|2[0-3])[.:][0-5][0-9]"; // after a day: "24.11.26 10.30" is when, not who
const IN_PAIRS = `([0-9]{2})${BREAK}?([0-9]{2})${BREAK}?([0-9]{2})(?!${CLOCK})${BREAK}([0-9]{2})${BREAK}([0-9]{2})`;
const FORMS = [
  new RegExp(`(?<![0-9])(?=([0-9]{2})${GAP}([0-9]{2})${GAP}([0-9]{2})${GAP}([0-9]{4})(?![0-9]))`, "gu"),
  new RegExp(`(?<![0-9])(?<![0-9]${BREAK})(?=${IN_PAIRS}(?![0-9])(?!${BREAK}[0-9]))`, "gu"),
];

/** Whether the text holds ten digits that form a date, however they are written or pasted. @param {string} text */
export function containsCitizenNumber(text) {
  const folded = text.normalize("NFKC").replace(/\p{Cf}/gu, "");
  return FORMS.some((form) => [...folded.matchAll(form)].some(([, ...parts]) => isDate(parts.join(""))));
}

/** @param {string} digits */
function isDate(digits) {
  const [day, month, year] = [0, 2, 4].map((at) => Number(digits.slice(at, at + 2)));
  const date = new Date(Date.UTC(century(Number(digits[6]), year) + year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** By the seventh digit (the CPR office's rule). @param {number} seventh @param {number} year */
function century(seventh, year) {
  if (seventh <= 3) return 1900;
  if (seventh === 4 || seventh === 9) return year <= 36 ? 2000 : 1900;
  return year <= 57 ? 2000 : 1800;
}

/** The sentence that stands ready below a field. @param {Element | null} field */
const lineOf = (field) => /** @type {HTMLElement | null} */ (field?.closest(".field, form, section")?.querySelector("[data-number]"));

/** @param {HTMLElement} line */
const fieldOf = (line) => /** @type {HTMLTextAreaElement | null} */ (line.closest(".field, form, section")?.querySelector("textarea"));

/** Whether what stands in the field must not leave it. @param {HTMLTextAreaElement} field */
export const isHeldBack = (field) => lineOf(field)?.dataset.number === "block" && containsCitizenNumber(field.value);

/** @param {(text: string) => void} say */
export function watchNumbers(say) {
  document.addEventListener("input", (event) => {
    const field = /** @type {HTMLTextAreaElement} */ (event.target);
    const line = field.matches("textarea") ? lineOf(field) : null;
    if (line) show(line, containsCitizenNumber(field.value), say);
  });
  document.addEventListener("submit", (event) => holdBack(event, say), { capture: true }); // before whoever sends it
}

/** @param {HTMLElement} line @param {boolean} found @param {(text: string) => void} say */
function show(line, found, say) {
  if (found && line.hidden) say(line.innerText || line.textContent || "");
  line.hidden = !found;
}

/** @param {Event} event @param {(text: string) => void} say */
function holdBack(event, say) {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const lines = /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-number=block]"));
  const field = [...lines].map(fieldOf).find((one) => one && isHeldBack(one));
  if (!field) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  show(/** @type {HTMLElement} */ (lineOf(field)), true, say);
  field.focus();
}
