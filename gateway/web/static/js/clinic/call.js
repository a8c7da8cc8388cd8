// The clinic's call: it rings, they talk, and a card afterwards; the entry's state on the server decides (requirements.md C10, C11).
import { Refused, inTurn, read, send } from "../shared/api.js";
import { say } from "../shared/page.js";
import { MediaCall } from "../shared/media.js";
import { offerChoice } from "../call/choosing.js";
import { followSecrecy } from "../call/details.js";
import { followDevices } from "../shared/devices.js";
import { followHearing } from "../call/hearing.js";
import { Freshness, Stream } from "../shared/stream.js";
import { heldElsewhere } from "../shared/elsewhere.js";
import { coverSeat, elapsed, offerTelephone, wireTools } from "../shared/surface.js";
import { showPictures } from "../call/pictures.js";
import { offerScreen } from "../call/sharing.js";
import { offerGuests } from "./guests.js";
import { offerStills } from "./stills.js";
import { isAboutNobody, isRound, sendRoundNote, showDiscussed } from "./round.js";
import { openDevices, release } from "./devices.js";
import { keepDraft } from "./draft.js";
import "./identifier.js";

const page = document.getElementById("main");
const words = page.dataset;
/** @param {string} verb */
const door = (verb) => `/api/v1/entries/${words.entry}/${verb}`;
/** @param {string} id */
const part = (id) => document.getElementById(id);

let state = JSON.parse(words.state);
/** @type {MediaCall | null} */
let media = null;
/** @type {SeatTicket | null} */
let firstSeat = null;
/** @type {ReturnType<typeof followDevices> | null} */
let following = null;
let keptNote = "";
const muted = { audio: false, video: false };

/* ---- the entry's course ---- */

const WAITING = ["requested", "received"];
const GONE = ["withdrawn", "expired", "rejected", "transferred"];

const freshness = new Freshness();
let behind = false; // the newest state could not be read: asked for again each second
const showGuests = offerGuests(page, door, (next) => show(next));
const showStills = offerStills(page, door, (next) => show(next));
let settled = true; // what was told of last is what the page shows: a server that takes its time makes the page old

const follow = inTurn(async () => {
  settled = false;
  try {
    show(await read(door("state")));
    behind = false;
    settled = true;
    freshness.note();
  } catch (fault) {
    if (fault instanceof Refused && [401, 404].includes(fault.status)) return location.assign(words.room);
    behind = true;
  }
});

/** @param {any} next */
function show(next) {
  if (next.version < state.version) return; // an act's own answer was faster
  state = next;
  showDiscussed(state.discussed, part("note"), door("note"));
  showStills(state.stills);
  if (!part("after").hidden) return;
  showGuests(state);
  part("put-back").hidden = state.entry_status !== "accepted";
  if (state.entry_status === "accepted") title(state.joined_at ? words.saidJoined : words.saidCalling);
  if (state.entry_status === "in-progress") title(words.saidTalking);
  if (state.entry_status === "completed") finish();
  part("call-employee").hidden = !state.with_citizen || state.employee_called;
  if (WAITING.includes(state.entry_status)) over(backInPlace());
  if (GONE.includes(state.entry_status)) over(words.saidWithdrawn);
}

/** Why it waits again, in words. */
function backInPlace() {
  const said = { missed: state.alone ? words.saidMissedAlone : words.saidMissed, "no-media": words.saidNoMedia, employee: words.saidEmployeeEnd, citizen: words.saidCitizenEnd };
  return (/** @type {Record<string, string | undefined>} */ (said))[state.came_back] ?? words.saidOtherEnd ?? "";
}

/** @param {string} text */
function title(text) {
  const heading = part("call-title");
  if (heading.textContent === text) return;
  heading.textContent = text;
  say(text);
}

/** The talk was held: the card, and the note that was kept until now. */
function finish() {
  leave();
  part("after").hidden = false;
  const length = elapsed(state.started_at, state.ended_at);
  part("after-facts").textContent = [state.clinician, length, state.fee].filter(Boolean).join(" · ");
  title(part("after-title").textContent);
  part("after-title").focus();
  if (keptNote) sendNote(keptNote).catch(noteRefused);
}

/** It came to nothing: say why, and let the list be one press away. No note is asked for. @param {string} text */
function over(text) {
  if (!part("after").hidden) return;
  leave();
  for (const form of ["after-note", "clinician-form", ...(part("note").value ? [] : ["note-form"])]) part(form).hidden = true;
  part("after").hidden = false;
  part("after-title").textContent = text;
  part("after-facts").textContent = state.fee; // it went on by telephone
  title(text);
  part("after-title").focus();
}

function leave() {
  following?.stop();
  media?.leave();
  for (const gone of ["toolbar", "stage"]) part(gone).hidden = true;
  part("note-panel").hidden = false;
  part("call").classList.add("call--over");
  for (const video of document.querySelectorAll("video")) release(/** @type {HTMLVideoElement} */ (video));
}

/* ---- media ---- */

/** @param {string} lost the media process that was lost */
async function fetchSeat(lost) {
  const kept = firstSeat;
  firstSeat = null;
  if (kept) return kept;
  try {
    return await send(door("ticket"), { lost });
  } catch (fault) {
    if (fault instanceof Refused && [401, 404, 409].includes(fault.status)) return null;
    throw fault;
  }
}

async function join() {
  if (await heldElsewhere(page, door("ticket")) || !part("after").hidden) return;
  const stream = part("own").srcObject = (await openDevices(words, trouble)) ?? new MediaStream();
  if (!part("after").hidden) return release(part("own")); // it came to nothing while the browser asked for the camera
  // This page is the newest device of whoever sits here; an older one goes quiet (requirements.md C12).
  const seat = await send(door("ticket"), { move: true });
  if (!part("after").hidden) return;
  firstSeat = seat;
  media = new MediaCall({ fetchSeat, localStream: stream });
  media.setMuted(muted); // what was switched off stays so when the call comes back to this window
  media.addEventListener("state", ({ detail }) => connection(detail));
  media.addEventListener("seats", ({ detail }) => present(detail));
  showPictures(media, page, (role) => role !== "clinic" && role !== "guest");
  followHearing(media, page);
  followSecrecy(media, page);
  following = followDevices(media, stream, page);
  offerTelephone(media, page);
  media.join();
}

let absent = false; // the other side, during the talk

/** @param {Seat[]} seats */
function present(seats) {
  const other = seats.find((/** @type {Seat} */ seat) => !seat.self && seat.role !== "clinic" && seat.role !== "guest");
  absent = Boolean(other && !other.connected && state.entry_status === "in-progress");
  line();
  if (other?.connected && state.entry_status === "accepted") follow();
}

/** @param {string} now */
function connection(now) {
  const before = page.dataset.media;
  page.dataset.media = now;
  line();
  if (now === "connected" && (before === "reconnecting" || before === "blocked")) say(words.saidBack);
  if (now === "moved") seatTaken();
  if (now === "ended") follow();
}

/** Our own line first: whoever has none knows nothing of the other side. */
function line() {
  const now = media?.state;
  if (now === "reconnecting" || now === "blocked") return trouble(now === "blocked" ? words.saidBlocked : words.saidReconnecting);
  if (absent) trouble(words.saidOther);
  else if ([words.saidReconnecting, words.saidBlocked, words.saidOther].includes(part("trouble").textContent)) trouble("");
}

/** Another window or device has this seat: nothing is filmed here, and one press brings the call back. */
function seatTaken() {
  following?.stop();
  for (const video of document.querySelectorAll("video")) release(/** @type {HTMLVideoElement} */ (video));
  trouble("");
  coverSeat(page, moveHere, { words: media?.movedTo === "window" ? words.saidOtherWindow : words.saidOtherDevice, button: words.saidUseHere });
}

/** @param {string} text */
function trouble(text) {
  if (part("trouble").textContent === text) return;
  part("trouble").textContent = text;
  part("trouble").hidden = !text;
  if (text) say(text, true);
}

/* ---- toolbar, name and note ---- */

/** @param {string} verb */
async function act(verb) {
  try {
    show(await send(door(verb)));
  } catch (fault) {
    trouble(words.saidWrong);
    if (fault instanceof Refused) follow();
  }
}

function toolbar() {
  offerChoice(page, () => following?.devices, () => {});
  offerScreen(page, () => media);
  wireTools(page, (kinds) => media?.setMuted(Object.assign(muted, kinds)));
  part("put-back").addEventListener("click", () => act("put-back"));
  part("call-employee").addEventListener("click", () => act("call-employee").then(() => state.employee_called && say(words.saidCalled)));
  part("hang-up").addEventListener("click", () => act("hang-up"));
}

async function nameClinician() {
  const clinician = part("clinician").value.trim();
  if (!clinician) return;
  show(await send(door("clinician"), { clinician }));
  part("clinician-saved").textContent = words.saidSaved;
}

/** While they talk the note is kept here and goes when the talk is over. @param {string} text */
async function sendNote(text) {
  if (isAboutNobody()) {
    part("note-saved").textContent = part("note-saved").dataset.nobody;
    return;
  }
  if (isRound()) {
    await sendRoundNote(door("note"), text);
    part("note-saved").textContent = words.saidSaved;
    return;
  }
  keptNote = text;
  if (state.entry_status !== "completed") {
    part("note-saved").textContent = part("note-saved").dataset.later;
    return;
  }
  await send(door("note"), { text });
  keptNote = "";
  part("note-saved").textContent = words.saidSent;
}

/** What the server would not take stays in the field, and the line below says why. @param {any} fault */
function noteRefused(fault) {
  part("note-saved").textContent = (fault instanceof Refused && fault.status === 409 && fault.problem.detail) || words.saidWrong;
}

function tick() {
  if (state.entry_status !== "in-progress" || !state.started_at) return;
  part("timer").textContent = elapsed(state.started_at);
}

function moveHere() {
  join().catch(() => follow());
}

function forms() {
  if (part("note").dataset.keeps) keepDraft(part("note"), part("note-saved"));
  part("clinician-form").addEventListener("submit", (/** @type {SubmitEvent} */ event) => { event.preventDefault(); nameClinician().catch(() => trouble(words.saidWrong)); });
  part("note-form").addEventListener("submit", (/** @type {SubmitEvent} */ event) => { event.preventDefault(); sendNote(part("note").value.trim()).catch(noteRefused); });
}

function listen() {
  const lookAgain = () => { behind = true; }; // asked for within a second
  const stream = new Stream(words.live, "changed", { heard: follow, opened: lookAgain });
  setInterval(() => {
    tick();
    if (stream.stands && settled) freshness.note(stream.heardAt);
    if (!part("after").hidden) return;
    freshness.show();
    if (behind || !stream.stands) follow();
  }, 1000);
}

toolbar();
forms();
show(state);
if (part("after").hidden) {
  listen();
  if (!state.clinician) nameClinician().catch(() => {}); // offered again by the button beside the name
  if (state.elsewhere) coverSeat(page, moveHere); // nothing moves before she says so (requirements.md C12)
  else join().catch(() => follow());
}
