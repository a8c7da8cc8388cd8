// Camera and microphone during a call: noticed when they are pulled out, taken or silenced, and opened again by themselves.
import { say } from "./page.js";

const LOOK_EVERY = 1000; // ms between two tries to open what is gone
const SILENCED_FOR = 1500; // a shorter pause of a track is no news

/** Follows the tracks of one stream. `change` (detail: Set of "audio" and "video" that are gone) at each loss and return. */
export class Devices extends EventTarget {
  /** @type {MediaStream | null} */
  #stream;
  #timer;
  /** @type {Set<string>} */
  #missing = new Set();
  #opening = false;
  #again = () => this.#reopen();

  /** @param {MediaStream} stream its tracks are replaced in place */
  constructor(stream) {
    super();
    this.#stream = stream;
    for (const track of stream.getTracks()) this.#watch(track);
    this.#timer = setInterval(this.#again, LOOK_EVERY);
    navigator.mediaDevices?.addEventListener("devicechange", this.#again);
  }

  stop() {
    clearInterval(this.#timer);
    navigator.mediaDevices?.removeEventListener("devicechange", this.#again);
    this.#stream = null;
  }

  /** @param {MediaStreamTrack} track */
  #holds(track) { return this.#stream?.getTracks().includes(track); }

  /** @param {MediaStreamTrack} track */
  #watch(track) {
    track.addEventListener("ended", () => { if (this.#holds(track)) this.#tell(track.kind, true); });
    track.addEventListener("unmute", () => { if (this.#holds(track) && track.readyState === "live") this.#tell(track.kind, false); });
    track.addEventListener("mute", () => setTimeout(() => { if (this.#holds(track) && track.muted) this.#tell(track.kind, true); }, SILENCED_FOR));
  }

  /** @param {string} kind @param {boolean} gone */
  #tell(kind, gone) {
    if (this.#missing.has(kind) === gone) return;
    if (gone) this.#missing.add(kind); else this.#missing.delete(kind);
    this.dispatchEvent(new CustomEvent("change", { detail: new Set(this.#missing) }));
  }

  /** A track that is only silenced comes back by itself; one that has ended is asked for anew. */
  async #reopen() {
    const ended = this.#stream?.getTracks().filter((track) => track.readyState === "ended") ?? [];
    if (this.#opening || !ended.length) return;
    this.#opening = true;
    for (const track of ended) await this.#replace(track);
    this.#opening = false;
  }

  /** @param {MediaStreamTrack} old */
  async #replace(old) {
    try {
      const fresh = await navigator.mediaDevices.getUserMedia({ [old.kind]: old.getConstraints?.() ?? true });
      const [track] = fresh.getTracks();
      if (!this.#holds(old)) return track.stop();
      this.#stream?.removeTrack(old);
      this.#stream?.addTrack(track);
      track.enabled = old.enabled;
      this.#watch(track);
      this.#tell(old.kind, false);
    } catch {
      this.#tell(old.kind, true); // not there, or not allowed: the line says so, and the next look tries again
    }
  }
}

/**
 * Follow the devices of a call: this side is told by `line`, the other side through the room, and what is gone there by
 * `other`. Both elements carry the words in data-audio, data-video and data-both. Returns what ends it.
 * @param {import("./media.js").MediaCall} call @param {MediaStream | null} stream
 * @param {HTMLElement} line @param {HTMLElement} other
 */
export function followDevices(call, stream, line, other) {
  call.addEventListener("seats", ({ detail }) => {
    const seats = detail.filter((/** @type {any} */ seat) => !seat.self && seat.connected);
    /** @param {string} kind */
    const gone = (kind) => seats.length > 0 && seats.every((/** @type {any} */ seat) => !seat[kind]);
    show(other, new Set(["audio", "video"].filter(gone)));
  });
  const absent = ["audio", "video"].filter((kind) => !stream?.getTracks().some((track) => track.kind === kind));
  call.setMissing(new Set(absent));
  if (!stream) return () => {};
  const devices = new Devices(stream);
  devices.addEventListener("change", ({ detail }) => {
    call.setMissing(new Set([...absent, ...detail]));
    call.replaceStream(stream);
    show(line, detail, true);
    if (!detail.size) say(line.dataset.back);
  });
  return () => { devices.stop(); show(line, new Set()); };
}

/** @param {HTMLElement} line @param {Set<string>} gone @param {boolean} loud */
function show(line, gone, loud = false) {
  const words = (gone.size === 2 ? line.dataset.both : line.dataset[[...gone][0]]) ?? "";
  if (line.textContent === words) return;
  line.textContent = words;
  line.hidden = !words;
  if (words) say(words, loud);
}

/**
 * Play what arrives; where the browser wants a press before it makes a sound, the button asks for it.
 * @param {HTMLVideoElement} video @param {HTMLButtonElement} button
 */
export function playAloud(video, button) {
  video.play().then(() => { button.hidden = true; }, (/** @type {DOMException} */ fault) => {
    if (fault.name !== "NotAllowedError") return; // another stream has taken its place
    button.hidden = false;
    button.onclick = () => playAloud(video, button);
    say(button.textContent, true);
  });
}
