// Camera and microphone during a call: noticed when they are pulled out, taken or silenced, opened again by themselves,
// and exchanged for others that somebody chooses.
import { say } from "./page.js";

const LOOK_EVERY = 500; // ms between two tries to open what is gone
const SILENCED_FOR = 1500; // a shorter pause of a track is no news
const KINDS = ["audio", "video"];
/** @type {Record<string, MediaTrackConstraints>} */
export const WISHES = {
  audio: { echoCancellation: true, noiseSuppression: true },
  video: { width: { ideal: 1280 }, height: { ideal: 720 } },
};
/** @type {Record<string, string>} */
const CAUSES = { NotAllowedError: "denied", SecurityError: "denied", NotReadableError: "inuse", AbortError: "inuse" };

/**
 * Follows the tracks of one stream. `change` (detail: Map of what is gone, "audio" or "video", to why: gone, denied,
 * inuse, muted) at each loss, return and exchange.
 */
export class Devices extends EventTarget {
  /** @type {MediaStream | null} */
  #stream;
  #timer;
  /** @type {Map<string, string>} */
  #missing = new Map();
  #wished = { ...WISHES }; // how each kind is opened again
  #opening = false;
  #again = () => this.#reopen();

  /** @param {MediaStream} stream its tracks are replaced in place */
  constructor(stream) {
    super();
    this.#stream = stream;
    for (const track of stream.getTracks()) this.#watch(track);
    this.#timer = setInterval(this.#again, LOOK_EVERY);
    navigator.mediaDevices?.addEventListener("devicechange", this.#again);
    document.addEventListener("visibilitychange", this.#again);
  }

  stop() {
    clearInterval(this.#timer);
    navigator.mediaDevices?.removeEventListener("devicechange", this.#again);
    document.removeEventListener("visibilitychange", this.#again);
    this.#stream = null;
  }

  /** @param {string} kind @returns {MediaStreamTrack | undefined} */
  track(kind) { return this.#stream?.getTracks().find((track) => track.kind === kind); }

  /**
   * Use another device; where it does not open, the one before it is opened again. True when it is in use.
   * @param {string} kind @param {{facingMode: string} | {deviceId: string}} wish
   */
  async choose(kind, wish) {
    if (this.#opening) return false;
    this.#opening = true;
    const former = this.#wished[kind];
    const id = "deviceId" in wish ? wish.deviceId : "";
    this.#wished[kind] = { ...WISHES[kind], ...(id ? { deviceId: { exact: id } } : wish) };
    const chosen = await this.#open(kind) && (!id || this.track(kind)?.getSettings().deviceId === id);
    if (!chosen) {
      this.#wished[kind] = former;
      await this.#open(kind);
    }
    this.#opening = false;
    return chosen;
  }

  /** Open what is missing, now that somebody has pressed for it. */
  async restart() {
    if (this.#opening) return;
    this.#opening = true;
    for (const kind of [...this.#missing.keys()]) await this.#open(kind);
    this.#opening = false;
  }

  /** @param {MediaStreamTrack} track */
  #holds(track) { return this.#stream?.getTracks().includes(track); }

  /** @param {MediaStreamTrack} track */
  #watch(track) {
    track.addEventListener("ended", () => { if (this.#holds(track)) this.#lose(track.kind, "gone"); });
    track.addEventListener("unmute", () => { if (this.#holds(track) && track.readyState === "live") this.#find(track.kind); });
    track.addEventListener("mute", () => setTimeout(() => { if (this.#holds(track) && track.muted) this.#lose(track.kind, "muted"); }, SILENCED_FOR));
  }

  /** @param {string} kind @param {string} why */
  #lose(kind, why) {
    if (this.#missing.get(kind) === why) return;
    this.#missing.set(kind, why);
    this.#tell();
    if (why === "gone") this.#reopen(); // whether it is not there, taken or forbidden is known by asking
  }

  /** @param {string} kind */
  #find(kind) {
    this.#missing.delete(kind);
    this.#tell();
  }

  #tell() { this.dispatchEvent(new CustomEvent("change", { detail: new Map(this.#missing) })); }

  /** A track that is only silenced comes back by itself; one that has ended is asked for anew. */
  async #reopen() {
    const ended = this.#stream?.getTracks().filter((track) => track.readyState === "ended") ?? [];
    if (this.#opening || !ended.length) return;
    this.#opening = true;
    for (const track of ended) await this.#open(track.kind);
    this.#opening = false;
  }

  /** The one in use is closed first: many telephones open one camera at a time. @param {string} kind */
  async #open(kind) {
    const old = this.track(kind);
    old?.stop();
    try {
      const fresh = await ask(kind, this.#wished[kind]);
      const [track] = fresh.getTracks();
      if (!this.#stream) { track.stop(); return false; }
      if (old) this.#stream.removeTrack(old);
      this.#stream.addTrack(track);
      track.enabled = old?.enabled ?? true;
      this.#watch(track);
      this.#find(kind);
      return true;
    } catch (fault) {
      this.#lose(kind, CAUSES[fault.name] ?? "gone"); // the line says which, and the next look tries again
      return false;
    }
  }
}

/** Where the chosen one is no longer there another is better than none. @param {string} kind @param {MediaTrackConstraints} wish */
async function ask(kind, wish) {
  try {
    return await navigator.mediaDevices.getUserMedia({ [kind]: wish });
  } catch (fault) {
    if (fault.name !== "OverconstrainedError") throw fault;
    return navigator.mediaDevices.getUserMedia({ [kind]: WISHES[kind] });
  }
}

/**
 * Follow the devices of a call: this side is told by `#devices` and `#restart-devices`, the other side through the room,
 * and what is gone there by `#other-devices`. Returns the devices, and what ends it.
 * @param {import("./media.js").MediaCall} call @param {MediaStream} stream @param {HTMLElement} root
 */
export function followDevices(call, stream, root) {
  const [line, other, button] = ["#devices", "#other-devices", "#restart-devices"].map((id) => root.querySelector(id));
  call.addEventListener("seats", ({ detail }) => {
    const seats = detail.filter((/** @type {any} */ seat) => !seat.self && seat.connected);
    const gone = KINDS.filter((kind) => seats.length > 0 && seats.every((/** @type {any} */ seat) => !seat[kind]));
    show(other, new Map(gone.map((kind) => [kind, ""])));
  });
  const devices = new Devices(stream);
  const tell = (/** @type {Map<string, string>} */ missing) => {
    call.setMissing(new Set([...KINDS.filter((kind) => !devices.track(kind)), ...missing.keys()]));
    show(line, missing, true);
    button.hidden = !missing.size;
  };
  tell(new Map());
  let lost = 0;
  devices.addEventListener("change", ({ detail }) => {
    call.replaceStream(stream);
    tell(detail);
    if (lost && !detail.size) say(line.dataset.back);
    lost = detail.size;
  });
  button.onclick = () => devices.restart();
  return { devices, stop: () => { devices.stop(); show(line, new Map()); button.hidden = true; } };
}

/**
 * Why first, where the line knows words for it (data-gone-audio …), then what it means (data-audio, data-video, data-both).
 * @param {HTMLElement} line @param {Map<string, string>} gone @param {boolean} loud
 */
function show(line, gone, loud = false) {
  const [kind, why] = [...gone][0] ?? ["", ""];
  const which = gone.size === 2 ? "both" : kind;
  const cause = [...gone.values()].every((each) => each === why) ? which : kind;
  const words = [line.dataset[`${why}${cause.charAt(0).toUpperCase()}${cause.slice(1)}`], line.dataset[which]].filter(Boolean).join(" ");
  if (line.textContent === words) return;
  line.textContent = words;
  line.hidden = !words;
  if (words) say(words, loud);
}

/** @type {WeakMap<HTMLButtonElement, Set<HTMLVideoElement>>} what waits for a press of which button */
const waiting = new WeakMap();

/**
 * Play what arrives, also after the browser has stopped it; where it wants a press before it makes a sound, the button
 * asks for it, once for all that wait.
 * @param {HTMLVideoElement} video @param {HTMLButtonElement} button
 */
export function playAloud(video, button) {
  const silent = waiting.get(button) ?? new Set();
  waiting.set(button, silent);
  video.onpause = () => { if (video.srcObject) playAloud(video, button); };
  video.play().then(() => { silent.delete(video); settle(); }, (/** @type {DOMException} */ fault) => {
    if (fault.name !== "NotAllowedError") return; // another stream has taken its place
    silent.add(video);
    settle();
  });
  function settle() {
    const asked = button.hidden;
    button.hidden = ![...silent].some((each) => each.isConnected);
    button.onclick = () => { for (const each of silent) playAloud(each, button); };
    if (asked && !button.hidden) say(button.textContent, true);
  }
}
