// A stream of news (server-sent events), and how old what the page shows is by now.
const SILENT = 8000; // ms. The server beats every four seconds: so long a silence is a dead line, whatever the browser thinks
const AGAIN = 3000; // ms until a stream that was refused is tried again; the browser itself gives up
export const STALE = 9000; // looked at each second: nothing old stands as fresh for more than ten

/** One event stream, opened anew when it is cut, refused, or half-open. */
export class Stream {
  #address; #event; #on; #timer;
  /** @type {EventSource | null} */
  #source = null;
  #triedAt = 0;
  heardAt = 0;

  /**
   * @param {string} address @param {string} event the name of the events that carry a document
   * @param {{heard: (news: any) => void, opened?: () => void, cut?: () => void}} on
   */
  constructor(address, event, on) {
    this.#address = address;
    this.#event = event;
    this.#on = on;
    this.#open();
    this.#timer = setInterval(() => this.#look(), 1000);
  }

  get stands() { return this.#source?.readyState === EventSource.OPEN && Date.now() - this.heardAt < SILENT; }

  close() {
    clearInterval(this.#timer);
    this.#source?.close();
  }

  #open() {
    this.#source?.close();
    this.#triedAt = Date.now();
    const source = this.#source = new EventSource(this.#address, { withCredentials: true });
    source.addEventListener("open", () => { this.#note(); this.#on.opened?.(); });
    source.addEventListener("alive", () => this.#note());
    source.addEventListener(this.#event, (event) => { this.#note(); this.#on.heard(JSON.parse(event.data)); });
    source.addEventListener("error", () => this.#on.cut?.());
  }

  #note() { this.heardAt = Date.now(); }

  #look() {
    const quiet = Date.now() - Math.max(this.heardAt, this.#triedAt);
    const refused = this.#source?.readyState === EventSource.CLOSED;
    if (quiet < (refused ? AGAIN : SILENT)) return;
    this.#on.cut?.();
    this.#open();
  }
}

/** The line of the page that says since when nothing is known, within ten seconds after the last that was. */
export class Freshness {
  #at;

  /** @param {number} at ms since 1970 of what the page showed first */
  constructor(at = Date.now()) {
    this.#at = at;
    document.documentElement.dataset.follows = ""; // else the page itself says that it does not (templates/fresh.html)
  }

  /** @param {number} at ms since 1970 at which the page showed what is true */
  note(at = Date.now()) {
    this.#at = Math.max(this.#at, at);
    this.show();
  }

  /** Whether it is old. */
  show() {
    const line = document.getElementById("stale");
    if (!line) return false;
    const old = Date.now() - this.#at > STALE;
    const then = document.querySelector("[data-when-stale]")?.dataset.whenStale ?? "";
    const words = old ? `${line.dataset.words}${new Date(this.#at).toLocaleTimeString("da-DK")}${then}` : "";
    if (line.textContent !== words) line.textContent = words;
    line.hidden = !old;
    return old;
  }
}
