// One open page per consultation: whatever screen its state asks for is put into <main>, without a reload, so that
// camera, sound permission and what is spoken survive from the queue through the ring into the call.
import { fragment, inTurn, withinRead } from "../shared/api.js";
import { isLeaving, say } from "../shared/page.js";
import { released } from "../shared/press.js";
import "../arrival/device.js";
import { startCall } from "./call.js";
import { startCheck } from "../shared/check.js";
import { heedVersion, isOutdated } from "../shared/version.js";
import { followState } from "../shared/live.js";
import { startDoctor } from "./rehearsal.js";
import { startRing } from "./ring.js";
import { renewRound, startRound } from "./round.js";
import { startStills } from "./stills.js";
import { startForm } from "./start.js";
import { keepTexts, countReview } from "./texts.js";

const main = document.getElementById("main");
const address = `/konsultation/${main.dataset.id}`;
/** @type {SharedCamera} */
const shared = { stream: null }; // the camera opened by the device check goes into the call
let stopScreen = () => {};
let screens = 0; // how many have been put in: an answer asked for by a former one is not this one's

// The fields that are saved as they are typed: those of this screen, or of the citizen a round is talking about.
const keeper = {
  stopping: () => {},
  start(/** @type {HTMLElement} */ part) { this.stopping = keepTexts(part); },
  stop() { this.stopping(); this.stopping = () => {}; },
};

/** @type {Record<string, () => (() => void) | void>} */
const SCREENS = {
  start: () => startForm(main),
  queue: () => { startForm(main); return startCheck(document.getElementById("check"), shared); },
  deciding: () => startForm(main),
  ring: () => startRing(main, () => show().catch(() => { if (!isLeaving()) location.reload(); })),
  call: () => both(startCall(main, shared, refresh), startDoctor(document.querySelector("[data-testid=rehearsal]"), main)),
  note: () => countReview(main),
  closed: () => {},
};

/** @param {...() => void} stops */
const both = (...stops) => () => stops.forEach((stop) => stop());

function begin() {
  const stops = [SCREENS[main.dataset.screen]?.(), startRound(main, refresh), startStills(main, shared, refresh)];
  keeper.start(main);
  stopScreen = () => { stops.forEach((stop) => stop?.()); keeper.stop(); };
  speak(main);
}

// Her own press and the news of it both ask for the next screen: they share one, or the later would wipe what she writes.
/** @type {Promise<unknown> | null} */
let showing = null;
const show = () => (showing ??= replaceScreen().finally(() => { showing = null; }));

/** Fetch the screen the consultation is on by now and put it in place of this one. */
async function replaceScreen() {
  if (isLeaving()) throw new Error("not updated");
  const html = await fragment(`${address}?del=1`);
  if (html === null) return isLeaving() ? undefined : location.reload();
  shouted.clear();
  stopScreen();
  if (!["queue", "ring", "call"].includes(screenIn(html) ?? "")) {
    closeCamera();
    if (isOutdated()) return location.reload();
  }
  main.innerHTML = html;
  screens += 1;
  const about = main.querySelector("template");
  main.dataset.screen = about.dataset.screen;
  main.dataset.testid = `screen-${about.dataset.screen}`;
  document.title = about.dataset.title;
  main.querySelector("h1")?.focus();
  scrollTo(0, 0);
  begin();
}

/** @param {string} html */
const screenIn = (html) => /data-screen="([a-z]+)"/.exec(html)?.[1];

/** Also the one the browser is still asking about: it opens to nobody (nurse-check.js). */
function closeCamera() {
  shared.closed = (shared.closed ?? 0) + 1;
  shared.stream?.getTracks().forEach((/** @type {MediaStreamTrack} */ track) => track.stop());
  shared.stream = null;
}

/** Something changed on the server: either another screen is due, or only the live part of this one. */
const refresh = inTurn(renew);

/** @returns {Promise<unknown>} */
async function renew() {
  if (isLeaving()) throw new Error("not updated");
  const asking = screens;
  const response = await fetch(`${address}/nyt`, { credentials: "same-origin", cache: "no-store", signal: withinRead() });
  if (isLeaving()) throw new Error("not updated");
  heedVersion(response);
  if (response.status === 404 || response.redirected) return location.reload();
  if (!response.ok) throw new Error("not updated");
  if (asking !== screens) return renew(); // another screen came in meanwhile: this says nothing about it
  const screen = response.headers.get("X-Screen");
  if (screen !== main.dataset.screen) {
    const begun = showing; // may have been fetched before this news
    await show();
    return begun ? renew() : undefined;
  }
  const html = await response.text();
  await released();
  if (asking !== screens) return renew();
  const live = document.getElementById("live");
  if (!live) return;
  if (live.querySelector("#round")) renewRound(live, html, keeper);
  else replaceLive(live, html);
  speak(live);
}

/** What had the focus keeps it, as far as it is still there. @param {HTMLElement} live @param {string} html */
function replaceLive(live, html) {
  const held = live.contains(document.activeElement) ? document.activeElement.dataset.testid : null;
  live.innerHTML = html;
  if (held) live.querySelector(`[data-testid="${held}"]`)?.focus();
}

/** The sentences of requirements.md U03: polite news, assertive where something must be done; what must be done, once. */
const shouted = new Set();
/** @param {HTMLElement} part */
function speak(part) {
  for (const one of part.querySelectorAll("[data-say], [data-shout], [data-title]")) {
    if (one.dataset.shout && !shouted.has(one.dataset.shout)) say(one.dataset.shout, true);
    if (one.dataset.shout) shouted.add(one.dataset.shout);
    if (!one.dataset.shout && one.dataset.say) say(one.dataset.say);
    if (one.dataset.title && one.tagName !== "TEMPLATE") document.title = one.dataset.title;
  }
}

begin();
if (main.dataset.screen === "start") document.documentElement.dataset.follows = ""; // it shows nothing that others change
else followState(main, `/api/v1/consultations/${main.dataset.id}/state`, refresh);
