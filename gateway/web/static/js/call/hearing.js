// Whether each side hears the other, and whose line is weak: judged here and there, told through the room.
import { say } from "../shared/page.js";

const SURE = 2; // judgements in a row, some four seconds: the first packets of a call take their time
const QUIET = 5; // judgements in a row (some ten seconds) in which one's own microphone gave nothing at all

/**
 * `#hearing` says when one side does not hear the other, `#quality` how good the line is and why it is not.
 * @param {import("../shared/media.js").MediaCall} call @param {HTMLElement} root
 */
export function followHearing(call, root) {
  const [line, good, start] = ["#hearing", "#quality", "#start-sound"].map((id) => root.querySelector(id));
  const seen = { seats: /** @type {Seat[]} */ ([]), deaf: 0, unheard: 0, quiet: 0, cause: "good" };
  const others = () => seen.seats.filter((seat) => !seat.self && seat.connected);
  const show = () => {
    const stands = call.state === "connected";
    put(line, stands ? line.dataset[oneWay(seen, others())] ?? "" : "", true);
    put(good, stands && good.dataset.judged ? quality(good, seen.cause, others()) : "", false);
  };
  call.addEventListener("state", ({ detail }) => { if (detail !== "connected") good.dataset.judged = ""; show(); });
  call.addEventListener("seats", ({ detail }) => { seen.seats = detail; show(); });
  call.addEventListener("quality", ({ detail }) => {
    good.dataset.frames = detail.framesDecoded ?? "";
    if (detail.verdict === "lost") return;
    good.dataset.judged = "yes";
    const expected = others().some((seat) => seat.audio);
    seen.deaf = expected && (!detail.soundCame || !start.hidden) ? seen.deaf + 1 : 0;
    seen.unheard = seen.seats.some((seat) => seat.self && seat.audio && !seat.heard) ? seen.unheard + 1 : 0;
    seen.quiet = detail.quiet ? seen.quiet + 1 : 0;
    seen.cause = detail.cause;
    call.tell({ hears: seen.deaf < SURE, quality: seen.cause });
    show();
  });
}

/**
 * @param {{seats: Seat[], deaf: number, unheard: number, quiet: number}} seen @param {Seat[]} others
 * @returns {"unheard" | "deaf" | "quiet" | ""} what to say
 */
function oneWay(seen, others) {
  const own = seen.seats.find((seat) => seat.self);
  if (!own?.connected || !others.length) return "";
  if (own.audio && (seen.unheard >= SURE || others.every((seat) => !seat.hears))) return "unheard";
  if (seen.deaf >= SURE) return "deaf";
  return own.audio && seen.quiet >= QUIET ? "quiet" : "";
}

/** @param {HTMLElement} line @param {string} own @param {Seat[]} others */
function quality({ dataset }, own, others) {
  if (own !== "good") return `${dataset.weak} ${dataset[own]}`;
  return others.some((seat) => seat.quality !== "good") ? `${dataset.theirs}` : `${dataset.good}`;
}

/** @param {HTMLElement} line @param {string} words @param {boolean} loud */
function put(line, words, loud) {
  if (line.textContent === words) return;
  line.textContent = words;
  if (line.id === "hearing") line.hidden = !words;
  if (words && words !== line.dataset.good) say(words, loud);
}
