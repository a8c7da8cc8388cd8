// A round at the clinic: only the citizen they are talking about just now stands on the screen. Whoever was there before is
// gone the moment the server says so, before anything new is fetched.
import { Refused, fragment, send } from "../shared/api.js";
import { say } from "../shared/page.js";

const AGAIN = 2000; // what did not get through is tried again after so long

const place = document.getElementById("discussed");
const shown = () => place.firstElementChild?.dataset.case ?? "";
let wanted = place ? shown() : "";

/**
 * `note` is the clinic's field: what is written there belongs to the citizen who was shown while it was written.
 * @param {any} current @param {HTMLTextAreaElement} note @param {string} address
 */
export function showDiscussed(current, note, address) {
  if (!place || current === null && wanted === "" || current === wanted) return;
  keep(note, address);
  wanted = current ?? "";
  const nobody = document.createElement("p");
  nobody.textContent = place.dataset.nobody;
  nobody.className = "muted";
  nobody.dataset.testid = "talking-about-nobody";
  place.replaceChildren(...(wanted ? [] : [nobody]));
  if (wanted) fetchOne(wanted);
  else say(place.dataset.nobody);
}

/** @param {any} citizen */
async function fetchOne(citizen) {
  const html = await fragment(place.dataset.address).catch(() => undefined);
  if (html === undefined) setTimeout(() => { if (citizen === wanted) fetchOne(citizen); }, AGAIN);
  if (!html || citizen !== wanted) return;
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const part = /** @type {HTMLElement} */ (parsed.body.firstElementChild);
  if (part.dataset.case !== citizen) return; // they have gone on already: that news is on its way too
  place.replaceChildren(part);
}

/**
 * The text goes to whom it was written about, as long as the server still knows them as the one discussed.
 * @param {HTMLTextAreaElement} note @param {string} address
 */
function keep(note, address) {
  const text = note.value.trim();
  note.value = "";
  if (text && wanted) deliver(address, { text, case: wanted });
}

/**
 * Their screen has gone on, so nobody can press again: it is sent until the server has answered.
 * @param {string} address @param {object} body
 */
function deliver(address, body) {
  send(address, body).catch((fault) => {
    if (fault instanceof Refused && fault.status < 500) say(place.dataset.unsent, true);
    else setTimeout(deliver, AGAIN, address, body);
  });
}

export const isRound = () => place !== null;
export const isAboutNobody = () => isRound() && !wanted;

/**
 * While a round talks about somebody the note is that citizen's, and goes at once.
 * @param {string} address @param {string} text
 */
export const sendRoundNote = (address, text) => send(address, { text, case: wanted });
