// The waiting room: rows that never jump under a hand, news as they happen, everything by keyboard (requirements.md C02–C05, C16).
import { fragment, inTurn, read, send } from "../shared/api.js";
import { isLeaving, say } from "../shared/page.js";
import { Freshness, Stream } from "../shared/stream.js";
import { reloadWhenQuiet } from "../shared/version.js";
import * as alerts from "./alert.js";
import * as pane from "./pane.js";
import "./identifier.js";

const desk = document.getElementById("main");
const rows = document.getElementById("rows");
const chip = document.getElementById("chip");
const cut = document.getElementById("cut");
const SEEN_AFTER = 2000;
const LOOK_EVERY = 500;
const POLL_EVERY = 5000;
const POLL_OLD = 2500; // while the page is old: what it shows is back soon after the network is
const IDLE = 5 * 60000;

/** @type {number | null} */
let seq = Number(desk.dataset.seq); // null: what it told could not be fetched, so it is asked for again
/** @type {HTMLElement | null} */
let pending = null; // newer rows that wait for the hand to leave
let touched = Date.now();
const watched = new Map(); // entry → since when its row has been in view

/** @param {HTMLElement} root */
const entriesIn = (root) => [...root.querySelectorAll("tr[data-entry]")].map((row) => row.dataset.entry);
const busy = () => rows.matches(":hover") || rows.contains(document.activeElement);

/* ---- rows ---- */

const refresh = inTurn(async () => {
  const html = await fragment(desk.dataset.rows).catch(() => { seq = null; return undefined; }); // the next poll or news tries again
  if (html === undefined) return;
  if (html === null) return location.reload();
  const fresh = document.createElement("div");
  fresh.innerHTML = html;
  const before = entriesIn(rows);
  const after = entriesIn(fresh);
  const added = after.filter((entry) => !before.includes(entry));
  if (added.length) say(desk.dataset.saidNew);
  if (busy() && before.join() !== after.join()) return hold(fresh, added.length);
  return swap(fresh);
});

/** @param {HTMLElement} fresh @param {number} added */
function hold(fresh, added) {
  pending = fresh;
  chip.hidden = false;
  chip.textContent = `${added || "↻"} ${desk.dataset.saidMany}`;
}

/** @param {HTMLElement} fresh */
function swap(fresh) {
  const focused = rows.contains(document.activeElement) ? document.activeElement.dataset.opensEntry : null;
  rows.replaceChildren(...fresh.childNodes);
  pending = null;
  chip.hidden = true;
  rove(focused);
  if (focused) rows.querySelector(`.row-open[data-opens-entry="${focused}"]`)?.focus();
}

/** One row is the table's tab stop; arrows go to the others. @param {string | null | undefined} entry */
function rove(entry) {
  const buttons = [...rows.querySelectorAll(".row-open")];
  const current = buttons.find((button) => button.dataset.opensEntry === entry) ?? buttons[0];
  for (const button of buttons) button.tabIndex = button === current ? 0 : -1;
}

/** @param {KeyboardEvent} event */
function keys(event) {
  const buttons = [...rows.querySelectorAll(".row-open")];
  const row = event.target?.closest("tr[data-entry]");
  const at = buttons.findIndex((button) => button.dataset.opensEntry === row?.dataset.entry);
  if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  const steps = new Map([["ArrowDown", at + 1], ["ArrowUp", at - 1], ["Home", 0], ["End", buttons.length - 1]]);
  const to = steps.get(event.key);
  if (to !== undefined) {
    event.preventDefault();
    const target = buttons[Math.max(0, Math.min(to, buttons.length - 1))];
    rove(target.dataset.opensEntry);
    target.focus();
  }
  if (event.key === "t" || event.key === "T") pane.openPane(row.dataset.entry, "take");
  if (event.key === "a" || event.key === "A") pane.openPane(row.dataset.entry, "reject");
}

/* ---- seen: in view for two seconds in a window somebody looks at ---- */

function look() {
  const looking = document.hasFocus() && document.visibilityState === "visible";
  for (const row of rows.querySelectorAll('tr[data-seen="no"]')) {
    const box = row.getBoundingClientRect();
    const visible = looking && box.height > 0 && box.top < innerHeight && box.bottom > 0;
    if (!visible) watched.delete(row.dataset.entry);
    else if (!watched.has(row.dataset.entry)) watched.set(row.dataset.entry, Date.now());
    else if (Date.now() - watched.get(row.dataset.entry) >= SEEN_AFTER) see(row);
  }
}

/** @param {HTMLElement} row */
function see(row) {
  row.dataset.seen = "yes";
  watched.delete(row.dataset.entry);
  send(`/api/v1/entries/${row.dataset.entry}/seen`).catch(() => { row.dataset.seen = "no"; });
}

/** Minutes go on although nothing happens. */
function age() {
  for (const waited of rows.querySelectorAll("[data-since]")) {
    const minutes = Math.floor((Date.now() - Date.parse(waited.dataset.since)) / 60000);
    waited.querySelector(".waited__minutes").textContent = Math.max(0, minutes);
    if (waited.dataset.agreed || minutes < 10) continue;
    const late = minutes >= 20;
    waited.className = `waited waited--${late ? "late" : "long"}`;
    waited.querySelector(".waited__icon").textContent = late ? "●" : "◐";
    waited.querySelector(".waited__word").textContent = late ? waited.dataset.late : waited.dataset.long;
  }
}

/* ---- news ---- */

let renewing = 0; // news whose rows are not on the page yet

/** @param {any} news */
async function heard(news) {
  if (seq !== null && news.seq < seq) return; // asked for before what is known already
  alerts.tell(news);
  if (news.seq === seq) return;
  seq = news.seq;
  renewing += 1;
  await Promise.all([refresh(), pane.refreshPane()]).catch(() => { seq = null; });
  renewing -= 1;
}

const freshness = new Freshness();
const stream = new Stream(desk.dataset.live, "changed", {
  heard,
  opened: () => { cut.hidden = true; poll(); },
  cut: () => { cut.hidden = freshness.show(); cut.textContent = desk.dataset.saidLost; },
});
let askedAt = Date.now();

/** While the stream is cut, or after a fetch that failed, the numbers are asked for; names are fetched only when they changed. */
async function poll() {
  askedAt = Date.now();
  try {
    await heard(await read("/api/v1/clinic/state"));
    if (shown()) freshness.note();
  } catch (fault) {
    if (fault.status === 401 && !isLeaving()) location.reload();
  }
}

/** Whether the rows that belong to the last news are on the page. */
const shown = () => seq !== null && !renewing;

function watch() {
  if (stream.stands && shown()) freshness.note(stream.heardAt);
  const old = freshness.show();
  if (old) cut.hidden = true; // the list is not fetched now
  if (!(stream.stands && seq !== null) && Date.now() - askedAt >= (old ? POLL_OLD : POLL_EVERY)) poll();
}

/* ---- names at a desk that faces patients ---- */

/** @param {boolean} hidden */
function hideNames(hidden) {
  document.body.classList.toggle("names-hidden", hidden);
  if (hidden) pane.concealNames();
  document.getElementById("names").setAttribute("aria-pressed", String(hidden));
}

function onlyMine() {
  const on = rows.classList.toggle("only-mine");
  document.getElementById("mine").setAttribute("aria-pressed", String(on));
}

function install() {
  document.getElementById("mine").addEventListener("click", onlyMine);
  hideNames(desk.dataset.names === "hidden");
  document.getElementById("names").addEventListener("click", () => hideNames(!document.body.classList.contains("names-hidden")));
  rows.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const button = event.target?.closest("[data-opens-entry]");
    if (button) { rove(button.dataset.opensEntry); pane.openPane(button.dataset.opensEntry, button.dataset.then); }
  });
  rows.addEventListener("keydown", keys);
  chip.addEventListener("click", () => { if (pending) swap(pending); rows.querySelector(".row-open")?.focus(); });
  rows.addEventListener("pointerleave", () => { if (pending && !busy()) swap(pending); });
  rows.addEventListener("focusout", () => setTimeout(() => { if (pending && !busy()) swap(pending); }));
  for (const kind of ["pointermove", "keydown"]) addEventListener(kind, () => { touched = Date.now(); }, { passive: true });
  setInterval(look, LOOK_EVERY);
  setInterval(watch, 1000);
  setInterval(() => { age(); if (Date.now() - touched > IDLE) hideNames(true); }, 10000);
}

reloadWhenQuiet(() => !busy() && !document.querySelector("#pane > *"));
alerts.install();
pane.install();
install();
rove(null);
age();
