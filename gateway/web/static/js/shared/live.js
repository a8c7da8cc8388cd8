// Live state: server-sent events, and while they are cut a poll every five seconds. The page says when it is old.
import { read } from "./api.js";
import { Changes } from "./changes.js";
import { isLeaving } from "./page.js";

const POLL = 5000;
const STALE = 10000;
const SURE = 20000; // a stream that says nothing for so long is asked about, in case a wake was lost

/** The line that says how old the page is, where no news has come for ten seconds. */
class Freshness {
  at = Date.now();

  note() { this.at = Date.now(); }

  /** @param {boolean} open whether the stream stands */
  show(open) {
    const line = document.getElementById("stale");
    if (!line) return;
    const old = !open && Date.now() - this.at > STALE;
    if (old) line.textContent = line.dataset.words + new Date(this.at).toLocaleTimeString("da-DK");
    line.hidden = !old;
  }
}

/**
 * Follow the state at `address` by the stream named in `main`, and by asking while the stream is cut.
 * @param {HTMLElement} main @param {string} address @param {() => unknown} changed
 */
export function followState(main, address, changed) {
  const changes = new Changes(changed);
  const freshness = new Freshness();
  let open = false;

  /** @param {Record<string, unknown>} state */
  const takeIn = (state) => { freshness.note(); freshness.show(open); changes.takeIn(state); };
  const poll = () => read(address).then(takeIn).catch((fault) => {
    if (fault.status === 401 && !isLeaving()) location.reload();
    freshness.show(open);
  });

  const source = new EventSource(main.dataset.stream ?? "", { withCredentials: true });
  source.addEventListener("open", () => { open = true; poll(); });
  source.addEventListener("state", (event) => takeIn(JSON.parse(event.data)));
  // A stream refused outright is not tried again by the browser itself; the poll below carries the page meanwhile.
  const reopen = () => { if (source.readyState === EventSource.CLOSED && !open) { stop(); followState(main, address, changed); } };
  source.addEventListener("error", () => { open = false; if (source.readyState === EventSource.CLOSED) setTimeout(reopen, 30000); });

  const recent = () => open && changes.known && Date.now() - freshness.at < SURE;
  const timer = setInterval(() => { if (recent()) freshness.show(open); else poll(); }, POLL);
  const wake = () => { if (document.visibilityState === "visible") poll(); };
  document.addEventListener("visibilitychange", wake);
  addEventListener("online", wake);
  function stop() {
    clearInterval(timer);
    source.close();
    document.removeEventListener("visibilitychange", wake);
    removeEventListener("online", wake);
  }
  poll();
}
