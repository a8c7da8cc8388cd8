// What this side sends: its camera and microphone, what of them is switched off or gone, and a screen in the camera's place.
const KINDS = ["audio", "video"];

export class Outgoing {
  /** @type {Record<string, boolean>} */
  #off = { audio: false, video: false };
  missing = new Set(); // "audio", "video": devices that are gone, whatever is switched on
  /** @type {MediaStreamTrack | null} */
  screen = null;

  /** @param {MediaStream | null} stream */
  constructor(stream) { this.stream = stream; }

  /** @param {Record<string, boolean>} kinds "audio" or "video" and whether it is off */
  switch(kinds) {
    Object.assign(this.#off, kinds);
    for (const track of this.stream?.getTracks() ?? []) track.enabled = !this.#off[track.kind];
  }

  /** The track of each kind, or null. @returns {Record<string, MediaStreamTrack | null>} */
  get tracks() {
    const [audio, video] = KINDS.map((kind) => this.stream?.getTracks().find((track) => track.kind === kind) ?? null);
    return { audio, video: this.screen ?? video };
  }

  /** As the others are told. */
  get message() {
    const [audio, video] = KINDS.map((kind) => this.#off[kind] || this.missing.has(kind));
    return { type: "muted", audio, video: video && !this.screen, screen: Boolean(this.screen) };
  }
}
