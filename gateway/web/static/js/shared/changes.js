// What differs between one live document and the next.
const IGNORED = ["seats", "settling"]; // members that change without anything to show

/** Runs `changed` when the document differs from the last one; one run at a time, the last news wins. */
export class Changes {
  #changed; #last = ""; #running = false; #again = false;
  #run = Promise.resolve();

  /** @param {() => unknown} changed */
  constructor(changed) { this.#changed = changed; }

  /** Whether any state has been taken in. */
  get known() { return this.#last !== ""; }

  /** Whether the newest state that was taken in is the one that is shown. */
  get settled() { return this.known && !this.#running; }

  /** Resolves when the page shows it, or could not be renewed. @param {Record<string, unknown>} state */
  async takeIn(state) {
    const essence = JSON.stringify(Object.fromEntries(Object.entries(state).filter(([key]) => !IGNORED.includes(key))));
    if (essence !== this.#last) {
      this.#last = essence;
      if (this.#running) this.#again = true;
      else this.#run = this.#renew();
    }
    await this.#run;
  }

  async #renew() {
    this.#running = true;
    do {
      this.#again = false;
      try {
        await this.#changed();
      } catch {
        this.#last = ""; // the next news tries again
      }
    } while (this.#again);
    this.#running = false;
  }
}
