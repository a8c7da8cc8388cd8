// The call surface of employee, clinic and citizen: its toolbar, the line under the picture, and the cover of a seat that is elsewhere.
import { say } from "./page.js";
import { steer } from "./toolbar.js";

const NARROW = "(max-width: 899px), (max-height: 480px)"; // where the note would take the picture's room: see css/call.css

/**
 * The toolbar is one tab stop; what it switches is switched here.
 * @param {HTMLElement} root @param {(kinds: Record<string, boolean>) => void} setMuted told "audio" or "video" and whether it is off
 */
export function wireTools(root, setMuted) {
  const bar = root.querySelector("[role=toolbar]");
  const [mute, camera] = ["#mute", "#camera"].map((id) => bar.querySelector(id));
  mute.addEventListener("click", () => setMuted({ audio: pressed(mute) }));
  camera.addEventListener("click", () => setMuted({ video: pressed(camera) }));
  const large = bar.querySelector("#large-text");
  large?.addEventListener("click", () => document.documentElement.classList.toggle("large-text", pressed(large)));
  const toggle = bar.querySelector("#note-toggle");
  const panel = root.querySelector("#note-panel");
  if (toggle && matchMedia(NARROW).matches && !panel.dataset.stays) open(toggle, panel, false);
  toggle?.addEventListener("click", () => open(toggle, panel, panel.hidden));
  bar.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    steer([...bar.querySelectorAll(".tool")].filter((tool) => tool.checkVisibility()), event, mute, camera);
  });
}

/** @param {HTMLElement} toggle @param {HTMLElement} panel @param {boolean} on */
function open(toggle, panel, on) {
  panel.hidden = !on;
  toggle.setAttribute("aria-expanded", String(on));
}

/** @param {HTMLButtonElement} button */
function pressed(button) {
  const on = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(on));
  const words = on ? button.dataset.off : button.dataset.on;
  if (words) button.querySelector(".tool__label").textContent = words;
  return on;
}

/** Minutes and seconds from one moment (ISO 8601) to another, or to now. @param {string | undefined} started @param {string} [ended] */
export function elapsed(started, ended) {
  const since = Date.parse(started ?? "");
  const seconds = since ? Math.max(0, Math.floor(((ended ? Date.parse(ended) : Date.now()) - since) / 1000)) : 0;
  return `${Math.floor(seconds / 60)}.${String(seconds % 60).padStart(2, "0")}`;
}

/**
 * Where the network lets no picture through: the telephone, and another try at once.
 * @param {import("./media.js").MediaCall} call @param {HTMLElement} root
 */
export function offerTelephone(call, root) {
  const ways = root.querySelector("#blocked");
  call.addEventListener("state", ({ detail }) => { ways.hidden = detail !== "blocked"; });
  ways.querySelector("#try-again").onclick = () => call.again();
}

/**
 * Another window or device has this seat: nothing is filmed here, and one press of `again` brings the call back.
 * @param {HTMLElement} root @param {() => void} again @param {{words?: string, button?: string}} [told] other words than the page's own
 */
export function coverSeat(root, again, told = {}) {
  const cover = root.querySelector("#moved");
  const [words, button] = [cover.querySelector("p"), cover.querySelector("button")];
  if (told.words) words.textContent = told.words;
  if (told.button) button.textContent = told.button;
  cover.hidden = false;
  say(words.textContent, true);
  button.focus();
  button.onclick = () => { cover.hidden = true; again(); };
}

/** Switch off what films and sounds. @param {SharedCamera} shared @param {HTMLElement} root */
export function releaseAll(shared, root) {
  shared.closed = (shared.closed ?? 0) + 1; // one that is still opening opens to nobody
  shared.stream?.getTracks().forEach((/** @type {MediaStreamTrack} */ track) => track.stop());
  shared.stream = null;
  root.querySelectorAll("video").forEach((/** @type {any} */ video) => { video.srcObject = null; });
}
