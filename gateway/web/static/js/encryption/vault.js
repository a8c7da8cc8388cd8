/*
 * What the worker does with each frame: seals one's own, opens the others', and keeps back what may not be shown.
 */
import { assemble, isSealed, sealedPart, split } from "./frames.js";
import { frameKey, join, open, readHeader, seal } from "./sframe.js";

/** @typedef {{kid: bigint, base: Uint8Array<ArrayBuffer>}} BaseKey */
/** What is known of one stream. @typedef {{kind: string, deaf: number, dropped: boolean, failed: number}} Incoming */

const WAIT = 1000; // ms that a frame waits for its key, which comes by another way
const GRACE = 2000; // ms in which others may not know yet that everybody seals again
const TOO_MANY = 30; // frames in a row that a known key does not open

export class Vault {
  /** @type {import("./sframe.js").FrameKey | null} */
  #own = null;
  #counter = 0n;
  /** @type {Map<bigint, import("./sframe.js").FrameKey>} */
  #keys = new Map();
  #plain = false;
  #plainUntil = 0;
  #changes = 0;
  #turn = Promise.resolve();
  /** @type {Set<() => void>} */
  #waiting = new Set();
  #report;

  /** @param {(what: "whole" | "failing") => void} report a whole picture is needed; frames that should open do not */
  constructor(report) { this.#report = report; }

  /** @param {string} kind @returns {Incoming} */
  incoming(kind) { return { kind, deaf: -1, dropped: false, failed: 0 }; }

  /** What holds from now on. @param {{own: BaseKey | null, others: BaseKey[], plain: boolean}} state `plain`: somebody in the room cannot */
  use(state) { return this.#turn = this.#turn.then(() => this.#take(state)); }

  /** @param {{own: BaseKey | null, others: BaseKey[], plain: boolean}} state */
  async #take({ own, others, plain }) {
    const keys = await Promise.all(others.map(async ({ kid, base }) => this.#keys.get(kid) ?? frameKey(base, kid)));
    if (own && own.kid !== this.#own?.kid) {
      this.#own = await frameKey(own.base, own.kid);
      this.#counter = 0n;
    }
    this.#keys = new Map(keys.map((key) => [key.kid, key]));
    if (this.#plain && !plain) this.#plainUntil = performance.now() + GRACE;
    this.#plain = plain;
    this.#changes += 1;
    for (const wake of this.#waiting) wake();
  }

  /** @param {Uint8Array<ArrayBuffer>} frame @param {string} kind @returns {Promise<Uint8Array<ArrayBuffer> | null>} null: it must not be sent */
  async seal(frame, kind) {
    if (this.#plain || !frame.length) return frame;
    if (!this.#own) return null;
    const parts = split(frame, kind);
    return assemble(parts, await seal(this.#own, this.#counter++, parts.beside, parts.rest));
  }

  /** @param {Uint8Array<ArrayBuffer>} frame @param {Incoming} stream @returns {Promise<Uint8Array<ArrayBuffer> | null>} null: it cannot, or must not, be shown */
  async open(frame, stream) {
    const opened = await this.#admit(frame, stream);
    if (!opened) {
      stream.dropped = true;
      return null;
    }
    if (stream.dropped && stream.kind === "video") this.#report("whole");
    stream.dropped = false;
    return opened;
  }

  /** @param {Uint8Array<ArrayBuffer>} frame @param {Incoming} stream */
  async #admit(frame, stream) {
    if (!frame.length) return frame;
    if (!isSealed(frame)) return await this.#when(stream, () => this.#plain || performance.now() < this.#plainUntil) ? frame : null;
    const parts = split(frame, stream.kind);
    const sealed = sealedPart(parts);
    const kid = readHeader(sealed)?.kid ?? -1n;
    const key = await this.#when(stream, () => this.#keys.get(kid));
    return key ? this.#unseal(key, parts, sealed, stream) : null;
  }

  /** @param {import("./sframe.js").FrameKey} key @param {ReturnType<typeof split>} parts @param {Uint8Array<ArrayBuffer>} sealed @param {Incoming} stream */
  async #unseal(key, { clear, beside }, sealed, stream) {
    try {
      const rest = await open(key, beside, sealed);
      stream.failed = 0;
      return join(clear, rest);
    } catch {
      stream.failed += 1;
      if (stream.failed === TOO_MANY) this.#report("failing");
      return null;
    }
  }

  /**
   * What `look` finds now or within a second. Whoever has waited in vain does not wait again before something changes.
   * @template T @param {Incoming} stream @param {() => T} look @returns {Promise<T>}
   */
  async #when(stream, look) {
    const until = performance.now() + WAIT;
    let found = look();
    while (!found && stream.deaf !== this.#changes && performance.now() < until) {
      const seen = this.#changes;
      await this.#change(until - performance.now());
      found = look();
      if (!found && this.#changes === seen) stream.deaf = seen;
    }
    return found;
  }

  /** @param {number} within ms */
  #change(within) {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        clearTimeout(late);
        resolve(null);
      };
      const late = setTimeout(wake, within);
      this.#waiting.add(wake);
    });
  }
}
