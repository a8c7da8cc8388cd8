// The citizen's page follows its one consultation: waiting, the ring with one button, the call, and then nothing.
import { read, send } from "../shared/api.js";
import { MediaCall } from "../shared/media.js";
import { openCamera } from "../shared/check.js";
import { followDevices } from "../shared/devices.js";
import { followSecrecy } from "../call/details.js";
import { followHearing } from "../call/hearing.js";
import { followState } from "../shared/live.js";
import { tone } from "../shared/sound.js";
import { showPictures } from "../call/pictures.js";
import { say } from "../shared/page.js";
import { isOutdated } from "../shared/version.js";
import { coverSeat, offerTelephone, releaseAll, wireTools } from "../shared/surface.js";

const main = document.getElementById("main");
const words = main.dataset;
/** @param {string} id */
const part = (id) => document.getElementById(id);
/** @type {SharedCamera} */
const shared = { stream: null };
/** @type {Record<string, boolean>} */
const muted = { audio: false, video: false };
let state = JSON.parse(words.state);
/** @type {MediaCall | null} */
let call = null;
/** @type {ReturnType<typeof followDevices> | null} */
let following = null;
let joining = false;
let moved = false; // another window has the seat
/** @type {{why: string, timer: number} | null} */
let sounding = null;
let emptying = 0;
/** @type {string | null} */
let closedCall = null; // the request for the employee that was read and put away

// A typed, dragged or shared address ends here too: the address bar says so.
if (location.pathname !== words.address) history.replaceState(null, "", words.address);

/** @param {any} next */
function show(next) {
  if (next.version && next.version < state.version) return; // asked for before what is shown already
  const before = state.screen;
  state = next;
  main.dataset.screen = state.screen;
  main.dataset.testid = `citizen-${state.screen}`;
  const waits = state.screen === "waiting", talks = state.screen === "call", rings = state.screen === "ring";
  const called = Boolean(state.called_at) && state.called_at !== closedCall && (waits || talks || rings);
  part("talk").hidden = !(waits || talks);
  part("away").hidden = !waits || state.here;
  part("ring").hidden = !rings;
  part("called").hidden = !called;
  part("over").hidden = !["ended", "stopped"].includes(state.screen);
  part("back").hidden = (waits || talks || rings) && !called;
  part("number").textContent = part("blocked-number").textContent = (state.phone ?? "").replace(/(..)(?=.)/g, "$1 ");
  part("blocked-phone").hidden = !state.phone;
  if (waits) part("words").textContent = words.waiting;
  if (talks) part("words").textContent = words.talk.replace("{who}", state.doctor || state.practice);
  if (state.screen === "ended" || state.screen === "stopped") part("over-words").textContent = words[state.screen];
  sound(rings ? "ring" : called ? "called" : "");
  camera(waits || talks);
  talk(talks);
  emptyAt(state.blank_at);
  if (before !== state.screen && ["ended", "stopped"].includes(state.screen) && isOutdated()) return location.reload();
  if (before !== state.screen) focusHeading();
}

function focusHeading() {
  const shown = [...main.querySelectorAll("h1, h2")].find((one) => one.offsetParent !== null);
  (part("ring").hidden ? shown : part("answer").querySelector("button"))?.focus();
}

/* ---- sound and spoken words ---- */

/** @param {string} why */
function sound(why) {
  if (sounding?.why === why) return;
  clearInterval(sounding?.timer);
  sounding = null;
  if (!why) return;
  const text = why === "ring" ? words.ringing : words.called;
  const play = () => { navigator.vibrate?.([300, 150, 300]); tone(why === "ring" ? [523, 659, 784, 1047] : [880, 660, 880, 660]); };
  sounding = { why, timer: setInterval(play, 3000) };
  play();
  say(text, true);
  aloud(text);
}

/** Read aloud where the device has a voice of its own; no text leaves the device for it. @param {string} text */
function aloud(text) {
  const voice = window.speechSynthesis?.getVoices().find((one) => one.localService && one.lang.startsWith(words.language));
  if (!voice) return;
  const spoken = new SpeechSynthesisUtterance(text);
  spoken.voice = voice;
  speechSynthesis.speak(spoken);
}

setInterval(() => {
  if (state.screen !== "ring" || !state.ring_until) return;
  part("countdown").textContent = Math.max(0, Math.ceil((Date.parse(state.ring_until) - Date.now()) / 1000));
}, 500);

/* ---- camera and talk ---- */

/** @param {boolean} wanted */
async function camera(wanted) {
  if (!wanted) {
    if (state.screen !== "ring") releaseAll(shared, main);
    return;
  }
  if (shared.opening || moved) return;
  shared.opening = openCamera(shared);
  const opened = await shared.opening;
  shared.opening = null;
  if (!["waiting", "call"].includes(state.screen)) return;
  if (opened !== "good") line(words.nocamera);
  part("own").srcObject = shared.stream;
}

/** @param {string} [text] */
function line(text = "") {
  if (part("line").textContent !== text) part("line").textContent = text;
}

/** @param {boolean} wanted */
async function talk(wanted) {
  if (!wanted) { following?.stop(); call?.leave(); call = null; part("remote").srcObject = null; return; }
  if (call || joining || moved) return;
  joining = true;
  line(words.connecting);
  try {
    await shared.opening;
    const seat = await send("/borger/billet");
    if (state.screen === "call") sitDown(seat);
  } catch {
    line(words.lost);
    setTimeout(() => refresh().catch(() => {}), 2000);
  }
  joining = false;
}

/** @param {SeatTicket} seat */
function sitDown(seat) {
  /** @type {SeatTicket | null} */
  let first = seat;
  const fetchSeat = async (/** @type {string} */ lost) => {
    const use = first ?? (await freshSeat(lost));
    first = null;
    return use;
  };
  call = new MediaCall({ fetchSeat, localStream: shared.stream });
  call.setMuted(muted);
  shared.stream ??= new MediaStream();
  following = followDevices(call, shared.stream, main);
  showPictures(call, main, (role) => role === "clinic");
  call.addEventListener("remotetrack", () => tell());
  let heard = false, here = false;
  const tell = () => {
    /** @type {Record<string, string | undefined>} */
    const own = { connecting: words.connecting, reconnecting: words.lost, blocked: words.blocked };
    const theirs = heard && !here ? words.otherlost : part("remote").srcObject ? "" : words.connecting;
    line(own[call?.state ?? ""] ?? (call?.state === "connected" ? theirs : ""));
  };
  call.addEventListener("state", ({ detail }) => {
    main.dataset.media = detail;
    if (detail === "moved") giveUpSeat();
    tell();
  });
  call.addEventListener("seats", ({ detail }) => {
    here = detail.some((/** @type {Seat} */ seat) => !seat.self && seat.role !== "guest" && seat.connected);
    heard ||= here;
    tell();
  });
  offerTelephone(call, main);
  followHearing(call, main);
  followSecrecy(call, main);
  call.join();
}

/** Another window of this device has the call: nothing is filmed here until it is asked for. */
function giveUpSeat() {
  moved = true;
  following?.stop();
  call = null;
  releaseAll(shared, main);
  line("");
  coverSeat(main, () => { moved = false; show(state); });
}

/** @param {string} lost the media process that was lost */
async function freshSeat(lost) {
  try {
    return await send("/borger/billet", { lost });
  } catch (fault) {
    if ([401, 404, 409].includes(fault.status)) { refresh(); return null; }
    throw fault;
  }
}

wireTools(main, (kinds) => {
  Object.assign(muted, kinds);
  for (const track of shared.stream?.getTracks() ?? []) track.enabled = !muted[track.kind];
  call?.setMuted(muted);
});

/* ---- what is pressed, and the end ---- */

for (const id of ["answer", "away", "finish"]) {
  part(id).addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    part("stop").close();
    send(part(id).action).then(show).catch(refresh);
  });
}
part("called-close").addEventListener("click", () => { closedCall = state.called_at; show(state); });

/** Two minutes after the call the page is blank, with or without a network. @param {string} moment */
function emptyAt(moment) {
  clearTimeout(emptying);
  if (!moment || state.screen === "blank") return;
  emptying = setTimeout(() => show({ screen: "blank", version: 0 }), Math.max(0, Date.parse(moment) - Date.now()));
}

const refresh = async () => show(await read("/borger/tilstand"));

show(state);
followState(main, "/borger/tilstand", refresh);
navigator.wakeLock?.request("screen").catch(() => {}); // refused when the battery is low; nothing depends on it
