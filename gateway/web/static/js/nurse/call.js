// The call: the doctor's picture large, one's own small, words for what the line does, a toolbar that is one tab stop.
import { send } from "../shared/api.js";
import { MediaCall } from "../shared/media.js";
import { openCamera } from "../shared/check.js";
import { followDevices, playAloud } from "../shared/devices.js";
import { heldElsewhere } from "../shared/elsewhere.js";
import { say } from "../shared/page.js";
import { steer } from "../shared/toolbar.js";

/** @typedef {(text?: string, loud?: boolean) => void} Tell */
/** @typedef {{call: MediaCall | null, over: boolean, heard: boolean, stopDevices: () => void}} CallState */
/** @typedef {{part: HTMLElement, state: CallState, shared: SharedCamera, tell: Tell, refresh: () => Promise<unknown>}} Sitting */

/** @param {HTMLElement} root @param {SharedCamera} shared @param {() => Promise<unknown>} refresh */
export function startCall(root, shared, refresh) {
  const part = root.querySelector("#call");
  if (!part) return () => {};
  /** @param {string} id */
  const at = (id) => part.querySelector(`#${id}`);
  const words = at("call-words");
  /** @type {CallState} */
  const state = { call: null, over: false, heard: false, stopDevices: () => {} };
  shared.stopMeter?.();

  /** @type {Tell} */
  function tell(text = "", loud = false) {
    words.textContent = text;
    if (text) say(text, loud);
  }

  const begin = () => sitDown({ part, state, shared, tell, refresh }).catch(() => tell(part.dataset.lost, true));
  const timer = setInterval(() => { at("timer").textContent = elapsed(part); }, 1000);
  wireTools(part, state, shared);
  at("use-here").addEventListener("click", () => {
    at("moved").hidden = true;
    state.heard = false;
    tell(part.dataset.connecting);
    begin();
  });
  begin();
  return () => {
    state.over = true;
    clearInterval(timer);
    state.stopDevices();
    state.call?.leave();
  };
}

/** @param {Sitting} sitting */
async function sitDown({ part, state, shared, tell, refresh }) {
  if (part.querySelector("#held-elsewhere")) release(shared); // the other window needs the camera
  if (await heldElsewhere(part, part.dataset.ticket) || state.over) return;
  const camera = await openCamera(shared);
  if (state.over) return;
  if (camera !== "good") tell(part.dataset.nocamera, true);
  part.querySelector("#own").srcObject = shared.stream;
  const first = await send(part.dataset.ticket);
  if (state.over) return; // the screen has gone: nobody sits down
  /** @type {SeatTicket | null} */
  let kept = first;
  const fetchSeat = async (/** @type {string} */ lost) => {
    const use = kept ?? (await freshSeat(part, refresh, lost));
    kept = null;
    return use;
  };
  const call = state.call = new MediaCall({ fetchSeat, localStream: shared.stream });
  watch(call, state, part, tell);
  follow(part, state, shared);
  call.addEventListener("state", ({ detail }) => { if (detail === "moved") { state.stopDevices(); giveUpSeat(part, shared); } });
  call.join();
}

/**
 * The devices of the present stream; those of the one before it are no longer looked at.
 * @param {HTMLElement} part @param {CallState} state @param {SharedCamera} shared
 */
function follow(part, state, shared) {
  state.stopDevices();
  const [line, other] = ["#devices", "#other-devices"].map((id) => part.querySelector(id));
  if (state.call) state.stopDevices = followDevices(state.call, shared.stream, line, other);
}

/** @param {SharedCamera} shared */
function release(shared) {
  shared.closed = (shared.closed ?? 0) + 1;
  shared.stream?.getTracks().forEach((/** @type {MediaStreamTrack} */ track) => track.stop());
  shared.stream = null;
}

/**
 * Another window of hers has the seat: nothing is filmed here, and one press brings the call back.
 * @param {HTMLElement} part @param {SharedCamera} shared
 */
function giveUpSeat(part, shared) {
  release(shared);
  part.querySelectorAll("video").forEach((/** @type {any} */ video) => { video.srcObject = null; });
  const cover = part.querySelector("#moved");
  cover.hidden = false;
  say(cover.querySelector("p").textContent, true);
  cover.querySelector("button").focus();
}

/**
 * Each time it sits down anew the page asks for a new ticket; none any more means that the call is over.
 * @param {HTMLElement} part @param {() => Promise<unknown>} refresh @param {string} lost
 */
async function freshSeat(part, refresh, lost) {
  try {
    return await send(part.dataset.ticket, { lost });
  } catch (fault) {
    if (fault.status === 409 || fault.status === 404) { refresh(); return null; }
    throw fault;
  }
}

/** @param {MediaCall} call @param {CallState} state @param {HTMLElement} part @param {Tell} tell */
function watch(call, state, part, tell) {
  const remote = part.querySelector("#remote");
  const quality = part.querySelector("#quality");
  call.addEventListener("remotetrack", ({ detail }) => {
    if (remote.srcObject === detail.stream) return;
    remote.srcObject = detail.stream;
    playAloud(remote, part.querySelector("#start-sound"));
    part.dataset.started ||= new Date().toISOString();
    tell("");
  });
  call.addEventListener("state", ({ detail }) => {
    if (detail === "connecting") tell(part.dataset.connecting);
    if (detail === "reconnecting") tell(part.dataset.lost, true);
    if (detail === "connected") tell(remote.srcObject ? "" : part.dataset.waiting);
    if (detail === "moved") tell("");
    if (detail !== "connected") quality.textContent = ""; // the words over the picture say what is wrong
    part.dataset.media = detail;
  });
  call.addEventListener("seats", ({ detail }) => {
    const others = detail.filter((/** @type {Seat} */ seat) => !seat.self);
    const here = others.some((/** @type {Seat} */ seat) => seat.connected);
    if (state.heard && !here) tell(part.dataset.otherlost, true);
    else if (here && state.heard && call.state === "connected") tell("");
    state.heard ||= here;
  });
  call.addEventListener("quality", ({ detail }) => {
    quality.dataset.frames = detail.framesDecoded ?? "";
    if (detail.verdict === "lost" || call.state !== "connected") return;
    const weak = detail.verdict === "weak";
    quality.textContent = weak ? part.dataset.weak : part.dataset.good;
    if (weak && quality.dataset.told !== "weak") say(part.dataset.weak);
    quality.dataset.told = weak ? "weak" : "good";
  });
}

/** @param {HTMLElement} part */
function elapsed(part) {
  const started = Date.parse(part.dataset.started ?? "");
  if (!started) return "0.00";
  const seconds = Math.max(0, Math.floor((Date.now() - started) / 1000));
  return `${Math.floor(seconds / 60)}.${String(seconds % 60).padStart(2, "0")}`;
}

/** @param {HTMLElement} part @param {CallState} state @param {SharedCamera} shared */
function wireTools(part, state, shared) {
  const bar = part.querySelector("[role=toolbar]");
  const mute = part.querySelector("#mute");
  const camera = part.querySelector("#camera");
  mute.addEventListener("click", () => state.call?.setMuted({ audio: pressed(mute) }));
  camera.addEventListener("click", () => state.call?.setMuted({ video: pressed(camera) }));
  part.querySelector("#flip").addEventListener("click", () => flip(part, state, shared));
  const toggle = part.querySelector("#note-toggle");
  toggle.addEventListener("click", () => {
    const panel = part.querySelector("#note-panel");
    panel.hidden = !panel.hidden;
    toggle.setAttribute("aria-expanded", String(!panel.hidden));
  });
  bar.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => steer([...bar.querySelectorAll(".tool")].filter((tool) => !tool.closest("[hidden]")), event, mute, camera));
}

/** @param {HTMLButtonElement} button */
function pressed(button) {
  const on = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(on));
  button.querySelector(".tool__label").textContent = on ? button.dataset.off : button.dataset.on;
  return on;
}

/**
 * Front or rear camera (for a wound); the connection stays.
 * @param {HTMLElement} part @param {CallState} state @param {SharedCamera} shared
 */
async function flip(part, state, shared) {
  const rear = part.dataset.rear !== "yes";
  const video = await navigator.mediaDevices.getUserMedia({ video: { facingMode: rear ? "environment" : "user" } });
  if (state.over || !shared.stream) return video.getTracks().forEach((track) => track.stop());
  const old = shared.stream.getVideoTracks();
  shared.stream = new MediaStream([...shared.stream.getAudioTracks(), ...video.getVideoTracks()]);
  part.dataset.rear = rear ? "yes" : "no";
  part.querySelector("#own").classList.toggle("back", rear);
  part.querySelector("#own").srcObject = shared.stream;
  await state.call?.replaceStream(shared.stream);
  follow(part, state, shared);
  old.forEach((/** @type {MediaStreamTrack} */ track) => track.stop());
}
