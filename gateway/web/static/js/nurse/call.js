// The call: the doctor's picture large, one's own small, words for what the line does, a toolbar that is one tab stop.
import { send } from "../shared/api.js";
import { MediaCall } from "../shared/media.js";
import { openCamera } from "../shared/check.js";
import { offerChoice } from "../call/choosing.js";
import { followSecrecy } from "../call/details.js";
import { followDevices } from "../shared/devices.js";
import { followHearing } from "../call/hearing.js";
import { heldElsewhere } from "../shared/elsewhere.js";
import { showPictures } from "../call/pictures.js";
import { say } from "../shared/page.js";
import { coverSeat, elapsed, offerTelephone, releaseAll, wireTools } from "../shared/surface.js";

/** @typedef {(text?: string, loud?: boolean) => void} Tell */
/** @typedef {{call: MediaCall | null, over: boolean, heard: boolean, following: ReturnType<typeof followDevices> | null, muted: Record<string, boolean>}} CallState */
/** @typedef {{part: HTMLElement, state: CallState, shared: SharedCamera, tell: Tell, refresh: () => Promise<unknown>, again: () => void}} Sitting */

/** @param {HTMLElement} root @param {SharedCamera} shared @param {() => Promise<unknown>} refresh */
export function startCall(root, shared, refresh) {
  const part = root.querySelector("#call");
  if (!part) return () => {};
  /** @param {string} id */
  const at = (id) => part.querySelector(`#${id}`);
  const words = at("call-words");
  /** @type {CallState} */
  const state = { call: null, over: false, heard: false, following: null, muted: {} };
  shared.stopMeter?.();

  /** @type {Tell} */
  function tell(text = "", loud = false) {
    words.textContent = text;
    if (text) say(text, loud);
  }

  const begin = () => sitDown({ part, state, shared, tell, refresh, again }).catch(() => tell(part.dataset.lost, true));
  const again = () => {
    state.heard = false;
    tell(part.dataset.connecting);
    begin();
  };
  const timer = setInterval(() => { at("timer").textContent = elapsed(part.dataset.started); }, 1000);
  wireTools(part, (kinds) => state.call?.setMuted(Object.assign(state.muted, kinds)));
  at("flip").addEventListener("click", () => flip(part, state));
  offerChoice(part, () => state.following?.devices, () => mirror(part, state));
  begin();
  return () => {
    state.over = true;
    clearInterval(timer);
    state.following?.stop();
    state.call?.leave();
  };
}

/** @param {Sitting} sitting */
async function sitDown({ part, state, shared, tell, refresh, again }) {
  if (part.querySelector("#held-elsewhere")) releaseAll(shared, part); // the other window needs the camera
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
  call.setMuted(state.muted);
  watch(call, state, part, tell);
  offerTelephone(call, part);
  follow(part, state, shared);
  call.addEventListener("state", ({ detail }) => { if (detail !== "moved") return;
    state.following?.stop();
    releaseAll(shared, part);
    coverSeat(part, again);
  });
  call.join();
}

/**
 * The devices of the present stream; those of the one before it are no longer looked at.
 * @param {HTMLElement} part @param {CallState} state @param {SharedCamera} shared
 */
function follow(part, state, shared) {
  state.following?.stop();
  shared.stream ??= new MediaStream(); // a camera that is chosen later comes into it
  part.querySelector("#own").srcObject = shared.stream;
  if (state.call) state.following = followDevices(state.call, shared.stream, part);
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
  followHearing(call, part);
  followSecrecy(call, part);
  showPictures(call, part, (role) => role === "clinic");
  call.addEventListener("remotetrack", () => {
    part.dataset.started ||= new Date().toISOString();
    show();
  });
  let others = 0;
  const show = () => {
    const lost = state.heard && !others;
    const { connecting, lost: reconnecting, blocked, otherlost, waiting } = part.dataset;
    const own = /** @type {Record<string, string | undefined>} */ ({ connecting, reconnecting, blocked })[call.state];
    const theirs = lost ? otherlost : remote.srcObject ? "" : waiting;
    tell(own ?? (call.state === "connected" ? theirs : ""), call.state !== "connecting" && (Boolean(own) || lost));
  };
  call.addEventListener("state", ({ detail }) => { part.dataset.media = detail; show(); });
  call.addEventListener("seats", ({ detail }) => {
    others = detail.filter((/** @type {Seat} */ seat) => !seat.self && seat.role !== "guest" && seat.connected).length;
    state.heard ||= others > 0;
    show();
  });
}

/**
 * Front or rear camera (for a wound); the connection stays.
 * @param {HTMLElement} part @param {CallState} state
 */
async function flip(part, state) {
  const rear = part.dataset.rear !== "yes";
  if (await state.following?.devices.choose("video", { facingMode: rear ? "environment" : "user" })) mirror(part, state, rear);
}

/**
 * One's own picture is a mirror, that of a rear camera is not.
 * @param {HTMLElement} part @param {CallState} state @param {boolean} [rear] asked for, where the camera does not say
 */
function mirror(part, state, rear = false) {
  const faces = state.following?.devices.track("video")?.getSettings().facingMode;
  const back = faces ? faces === "environment" : rear;
  part.dataset.rear = back ? "yes" : "no";
  part.querySelector("#own").classList.toggle("back", back);
}
