// How good a connection is, from what it has counted.
const EVERY = 2000; // ms between two judgements
const WEAK_LOSS = 0.05;
const WEAK_ROUND_TRIP = 0.4; // s
const WEAK_UP = 250_000; // bit/s, below what a call begins with

export class Quality {
  /** @type {Figures | null} */
  #before = null;
  #at = 0;

  /**
   * What it has been since the last judgement; null where it is too early for another.
   * @param {import("../shared/connection.js").Connection} connection @param {Figures} figures
   */
  judge(connection, figures) {
    const now = performance.now();
    const before = this.#before;
    if (before && now - this.#at < EVERY && !connection.silent) return null;
    this.#before = figures;
    this.#at = now;
    if (!before) return null;
    const received = figures.received - before.received;
    const lost = Math.max(0, figures.lost - before.lost);
    const loss = received + lost > 0 ? lost / (received + lost) : 0;
    const weak = loss > WEAK_LOSS || (figures.roundTrip || 0) > WEAK_ROUND_TRIP || figures.up < WEAK_UP;
    const cause = weak ? "net" : figures.limited === "cpu" ? "device" : "good";
    const verdict = connection.silent ? "lost" : cause === "good" ? "good" : "weak";
    const { roundTrip, framesDecoded } = figures;
    return {
      verdict, cause, roundTrip, loss, framesDecoded,
      soundCame: figures.audioReceived > before.audioReceived,
      quiet: figures.energy === before.energy, // not one sample of one's own microphone was other than zero
    };
  }
}
