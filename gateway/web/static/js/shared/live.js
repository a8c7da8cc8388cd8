// Live state: server-sent events, and while they are cut a poll every five seconds. The page says when it is old.
import { read } from "./api.js";
import { isLeaving } from "./page.js";

const POLL = 5000;
const STALE = 10000;
const SURE = 20000; // a stream that says nothing for so long is asked about, in case a wake was lost
const IGNORED = ["seats", "settling"];

/** `changed` runs when the document differs from the last one; one run at a time, the last news wins. */
export function followState(main, address, changed) {
  let last = "";
  let freshAt = Date.now();
  let open = false;
  let running = null;
  let again = false;

  async function heed(state) {
    freshAt = Date.now();
    showFreshness();
    const essence = JSON.stringify(Object.fromEntries(Object.entries(state).filter(([key]) => !IGNORED.includes(key))));
    if (essence === last) return;
    last = essence;
    if (running) { again = true; return; }
    running = update();
  }

  async function update() {
    try {
      await changed();
    } catch {
      last = ""; // the next news tries again
    }
    running = null;
    if (again) { again = false; running = update(); }
  }

  const poll = () => read(address).then((state) => heed(state)).catch((fault) => {
    if (fault.status === 401 && !isLeaving()) location.reload();
    showFreshness();
  });

  function showFreshness() {
    const line = document.getElementById("stale");
    if (!line) return;
    const old = !open && Date.now() - freshAt > STALE;
    if (old) line.textContent = line.dataset.words + new Date(freshAt).toLocaleTimeString("da-DK");
    line.hidden = !old;
  }

  const source = new EventSource(main.dataset.stream, { withCredentials: true });
  source.addEventListener("open", () => { open = true; poll(); });
  source.addEventListener("state", (event) => heed(JSON.parse(event.data)));
  source.addEventListener("error", () => { open = false; if (source.readyState === EventSource.CLOSED) reopen(); });

  // A stream refused outright is not tried again by the browser itself; the poll below carries the page meanwhile.
  function reopen() {
    setTimeout(() => { if (source.readyState === EventSource.CLOSED && !open) followAgain(); }, 30000);
  }
  function followAgain() {
    stop();
    followState(main, address, changed);
  }

  const timer = setInterval(() => { if (open && last && Date.now() - freshAt < SURE) showFreshness(); else poll(); }, POLL);
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
