// The overview: rows renewed as the stream says; what changed is spoken in one sentence, at most every 30 seconds (AD02, AD24).
import { fragment } from "../shared/api.js";
import { followState } from "../shared/live.js";
import { isLeaving, say } from "../shared/page.js";
import { reloadWhenQuiet } from "../shared/version.js";

const SPOKEN_EVERY = 30000;
const main = document.getElementById("main");
const lines = document.getElementById("lines");
const speak = document.getElementById("speak");
let spokenAt = 0;

speak.addEventListener("click", () => {
  const on = speak.getAttribute("aria-pressed") !== "true";
  speak.setAttribute("aria-pressed", String(on));
  if (!on) say("");
});

const sentence = () => document.getElementById("sentence")?.innerText.replace(/^\S+\s/, "") ?? "";

function tell() {
  if (speak.getAttribute("aria-pressed") !== "true" || Date.now() - spokenAt < SPOKEN_EVERY) return;
  spokenAt = Date.now();
  say(sentence());
}

async function renew() {
  const html = await fragment(main.dataset.rows ?? "");
  if (html === null) {
    if (!isLeaving()) location.reload();
    return;
  }
  const before = sentence();
  const focused = lines.contains(document.activeElement) ? document.activeElement?.closest("tr")?.dataset.connection : "";
  const fresh = document.createElement("div");
  fresh.innerHTML = html;
  lines.replaceChildren(...fresh.childNodes);
  if (focused) lines.querySelector(`tr[data-connection="${CSS.escape(focused)}"] a`)?.focus();
  if (sentence() !== before) tell();
}

reloadWhenQuiet();
followState(main, main.dataset.state ?? "", renew);
