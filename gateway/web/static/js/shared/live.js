// Live state: server-sent events, and while they are cut a poll every five seconds. The page says when it is old.
import { read } from "./api.js";
import { Changes } from "./changes.js";
import { isLeaving } from "./page.js";
import { Freshness, Stream } from "./stream.js";

const POLL = 5000;
const POLL_OLD = 2500; // while the page is old: what it shows is back soon after the network is
const SURE = 20000; // a stream that brings no document for so long is asked about, in case a wake was lost

/**
 * Follow the state at `address` by the stream named in `main`, and by asking while the stream is cut.
 * @param {HTMLElement} main @param {string} address @param {() => unknown} changed
 */
export function followState(main, address, changed) {
  const changes = new Changes(changed);
  const freshness = new Freshness();
  let askedAt = 0;
  let sureAt = 0;

  /** @param {Record<string, unknown>} state */
  const takeIn = (state) => { sureAt = Date.now(); changes.takeIn(state).then(() => { if (changes.known) freshness.note(); }); };
  const poll = () => {
    askedAt = Date.now();
    return read(address).then(takeIn).catch((fault) => { if (fault.status === 401 && !isLeaving()) location.reload(); });
  };
  const stream = new Stream(main.dataset.stream ?? "", "state", { heard: takeIn, opened: poll });
  const sure = () => stream.stands && changes.known && Date.now() - sureAt < SURE;

  // A beat says that nothing has changed since the last document: it counts where that document is what the page shows.
  setInterval(() => {
    if (stream.stands && changes.settled) freshness.note(stream.heardAt);
    const pause = freshness.show() ? POLL_OLD : POLL;
    if (!sure() && Date.now() - askedAt >= pause) poll();
  }, 1000);
  const wake = () => { if (document.visibilityState === "visible") poll(); };
  document.addEventListener("visibilitychange", wake);
  addEventListener("online", wake);
  poll();
}
