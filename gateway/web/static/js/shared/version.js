// A page that is older than the server says so, and is loaded anew where nobody talks or writes (requirements.md U09).
const YOUNG = 60000; // ms: while servers of both versions answer, a page is not loaded anew again and again
let outdated = false;

/** Compare the version that answered with the one this page came from. @param {Response} response */
export function heedVersion(response) {
  const [mine, theirs] = [document.querySelector('meta[name="build"]')?.content, response.headers.get("X-Build")];
  if (outdated || !mine || !theirs || mine === theirs) return;
  outdated = true;
  const line = document.getElementById("newer");
  if (!line) return;
  line.hidden = false;
  line.textContent = line.dataset.words;
}

/** Whether the page may be loaded anew for it. */
export const isOutdated = () => outdated && performance.now() > YOUNG;

const writes = () => document.activeElement?.matches("input, textarea, select") || document.querySelector("dialog[open]") !== null;

/** For pages on which nobody talks: loaded anew as soon as nobody writes and `quiet` agrees. */
export function reloadWhenQuiet(quiet = () => true) {
  setInterval(() => { if (isOutdated() && !writes() && quiet()) location.reload(); }, 1000);
}
