// The side pane: the citizen beside the buttons, so that the right call is taken with one press (requirements.md C06, C08).
import { Refused, fragment, inTurn, read, send } from "../shared/api.js";
import { say } from "../shared/page.js";

const desk = document.getElementById("main");
const place = document.getElementById("pane");
const REVEAL = 60000;
/** @type {string | null} */
let opener = null;
let asked = 0; // the newest wish to open or close: an answer to an older one comes too late
let revealing = 0;

const card = () => place.querySelector(".pane");
const writing = () => place.querySelector("dialog[open]") !== null;
export const openedEntry = () => card()?.dataset.entry ?? null;
/** @param {string} entry @param {string} verb */
const door = (entry, verb) => `/api/v1/entries/${entry}/${verb}`;

/** Open an entry's pane; `then` is what to put the focus on: "take" or "reject". @param {string} entry */
export async function openPane(entry, then = "") {
  opener = entry;
  const wish = (asked += 1);
  const html = await fragment(desk.dataset.pane + entry).catch(() => undefined);
  if (wish !== asked) return undefined;
  if (html === undefined) return say(desk.dataset.saidWrong, true);
  if (html === null) return gone();
  show(html);
  revealNames();
  send(door(entry, "seen")).catch(() => {}); // the row says so by itself after two seconds
  if (then === "take") place.querySelector('[data-act="accept"]')?.focus();
  else document.getElementById("pane-title").focus();
  if (then === "reject") document.getElementById("reject-dialog")?.showModal();
  return card().scrollIntoView({ block: "nearest" });
}

/** @param {string} html */
function show(html) {
  place.innerHTML = html;
}

function gone() {
  closePane();
  say(desk.dataset.saidGone, true);
}

export function closePane() {
  asked += 1;
  place.replaceChildren();
  document.querySelector(`.row-open[data-opens-entry="${opener}"]`)?.focus();
}

/** Names hidden at the desk are shown for a minute in what was opened on purpose (C03). */
function revealNames() {
  place.classList.add("reveal");
  clearTimeout(revealing);
  revealing = setTimeout(() => place.classList.remove("reveal"), REVEAL);
}

/** Fetch the pane anew when its entry has moved on; what somebody is writing is left alone. */
export const refreshPane = inTurn(async () => {
  const current = card();
  if (!current || writing()) return;
  const { version } = await read(door(current.dataset.entry, "state"));
  if (String(version) === current.dataset.version) return;
  const html = await fragment(desk.dataset.pane + current.dataset.entry);
  if (html === null || writing() || card() !== current) return; // what was opened or begun meanwhile stays
  const held = document.activeElement?.dataset?.testid;
  show(html);
  if (held) place.querySelector(`[data-testid="${held}"]`)?.focus();
});

/** @param {string} verb @param {string} entry */
async function act(verb, entry) {
  try {
    if (verb === "accept") return await take(entry);
    if (verb === "reject") return await reject(entry);
    await send(door(entry, verb));
    if (verb === "ring-instead") say(desk.dataset.saidSent);
    return await refreshPane();
  } catch (fault) {
    if (!(fault instanceof Refused)) throw fault;
    return refused(fault);
  }
}

/** @param {string} entry */
export async function take(entry) {
  await send(door(entry, "accept"));
  location.assign(desk.dataset.call + entry);
}

/** @param {string} entry */
async function reject(entry) {
  const form = document.getElementById("reject-form");
  const fault = document.getElementById("reject-fault");
  const reason = new FormData(form).get("reason");
  const text = form.elements.text.value.trim();
  if (!reason) { fault.textContent = fault.dataset.choose; return; }
  if (reason === "other" && !text) { fault.textContent = fault.dataset.write; form.elements.text.focus(); return; }
  await send(door(entry, "reject"), { reason, text });
  document.getElementById("reject-dialog").close();
  place.replaceChildren();
  document.querySelector("main h1").focus(); // its row is about to go: nothing there to come back to
  offerUndo(entry);
}

/* ---- ten seconds to change one's mind: the employee was told at once, and is told again ---- */

const UNDO = 10;
let undoing = 0;

/** @param {string} entry */
function offerUndo(entry) {
  const bar = document.getElementById("undo");
  bar.dataset.entry = entry;
  bar.hidden = false;
  clearInterval(undoing);
  const until = Date.now() + UNDO * 1000;
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    document.getElementById("undo-left").textContent = Math.max(0, left);
    if (left <= 0) closeUndo();
  };
  tick();
  undoing = setInterval(tick, 250);
  say(desk.dataset.saidRejected);
}

function closeUndo() {
  clearInterval(undoing);
  const bar = document.getElementById("undo");
  const held = bar.contains(document.activeElement);
  bar.hidden = true;
  if (held) document.querySelector("main h1").focus();
}

async function undo() {
  const { entry } = document.getElementById("undo").dataset;
  closeUndo();
  try {
    const state = await send(door(entry, "take-back"));
    say(desk.dataset.saidUndone);
    await openPane(state.entry);
  } catch (fault) {
    if (!(fault instanceof Refused)) throw fault;
    say(desk.dataset.saidLate, true);
  }
}

/**
 * A dialog's form goes to the door it names; what is wrong is said in the dialog, which stays open.
 * @param {HTMLFormElement} form
 */
async function sendForm(form) {
  const fault = form.querySelector("[data-fault]");
  try {
    await send(door(openedEntry(), form.dataset.sends), Object.fromEntries(new FormData(form)));
  } catch (refusal) {
    if (!(refusal instanceof Refused)) throw refusal;
    if (refusal.status === 422) { fault.textContent = refusal.problem.detail ?? refusal.problem.title; return; }
    form.closest("dialog")?.close();
    await refused(refusal);
    return;
  }
  form.closest("dialog")?.close();
  if (form.dataset.sends === "remark") say(desk.dataset.saidSent);
  await refreshPane();
}

async function takenAt() {
  const { accepted_at: at } = await read(door(openedEntry(), "state")).catch(() => ({}));
  return at ? new Intl.DateTimeFormat("da-DK", { hour: "numeric", minute: "2-digit" }).format(new Date(at)) : "";
}

/** Somebody was faster, or the call is gone: say who, and show the newest state. @param {any} fault */
async function refused(fault) {
  const who = fault.problem.who;
  const words = who ? `${who} ${desk.dataset.saidTaken} ${await takenAt()}` : fault.status === 404 ? desk.dataset.saidGone : desk.dataset.saidWrong;
  document.getElementById("reject-dialog")?.close();
  await refreshPane().catch(() => {});
  const line = place.querySelector('[data-testid="pane-message"]');
  if (line && !line.textContent.trim()) line.textContent = words;
  say(words, true);
}

/** "Skjul navne" counts for what is open as well. */
export function concealNames() {
  clearTimeout(revealing);
  place.classList.remove("reveal");
}

export function install() {
  opener = openedEntry(); // the address of one entry opens its pane with the page
  if (opener) revealNames();
  document.getElementById("undo-press").addEventListener("click", undo);
  place.addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
    const form = event.target?.closest("form[data-sends]");
    if (!form) return;
    event.preventDefault();
    const button = form.querySelector("button:not([type])");
    button.disabled = true;
    sendForm(form).finally(() => { button.disabled = false; });
  });
  place.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    if (event.target?.closest("[data-pane-close]")) closePane();
    if (event.target?.closest("[data-reveals]")) { revealNames(); document.getElementById("pane-title").focus(); }
    const button = event.target?.closest("[data-act]");
    if (!button || button.dataset.act.endsWith("identifier")) return;
    if (button.tagName !== "A") event.preventDefault(); // a telephone link also rings
    button.disabled = true;
    act(button.dataset.act, openedEntry()).finally(() => { button.disabled = false; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && card() && !document.querySelector("dialog[open]")) closePane();
  });
}
