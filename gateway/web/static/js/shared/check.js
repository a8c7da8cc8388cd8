// The device check runs by itself while she waits, and never stands in the way of the queue.
import { send } from "./api.js";
import { checkPath, isWeak } from "./path.js";
import { tone } from "./sound.js";

const SILENT_AFTER = 6000;

/** @param {HTMLElement} card @param {SharedCamera} shared */
export function startCheck(card, shared) {
  if (!card) return () => {};
  const words = card.querySelector("#check-words");
  const again = card.querySelector("#check-again");
  const screen = { gone: false };
  const run = () => check(card, shared, screen).then((verdict) => {
    words.textContent = card.dataset[verdict];
    words.dataset.verdict = verdict;
    again.hidden = verdict === "good";
    if (!screen.gone) send(card.dataset.verdictTo, { verdict }).catch(() => {}); // the clinic does without, as before
  });
  again.addEventListener("click", () => { words.textContent = card.dataset.running; run(); });
  card.querySelector("#check-sound").addEventListener("click", () => tone([523, 659, 784]));
  run();
  keepAwake();
  return () => { screen.gone = true; shared.stopMeter?.(); };
}

/** @param {HTMLElement} card @param {SharedCamera} shared @param {{gone: boolean}} screen */
async function check(card, shared, screen) {
  const camera = await openCamera(shared);
  if (camera !== "good" || screen.gone) return camera;
  const picture = card.querySelector("#check-picture");
  picture.srcObject = shared.stream;
  picture.hidden = false;
  const [heard, path] = await Promise.all([listen(card, shared), tryPath(card, shared)]);
  showPath(card, path);
  if (!path?.signalling || path.media === false) return "blocked";
  if (!heard) return "silent";
  return isWeak(path) ? "weak" : "good";
}

/** Whoever asks while the browser still asks the person waits for the same answer. @param {SharedCamera} shared */
export async function openCamera(shared) {
  if (shared.stream?.active) return "good";
  if (!navigator.mediaDevices?.getUserMedia) return "embedded";
  const { closed } = shared; // counted up when the camera is no longer wanted
  if (!shared.asking || shared.asking.closed !== closed) shared.asking = { closed, answer: askForCamera(shared, closed) };
  const { answer } = shared.asking;
  const verdict = await answer;
  if (shared.asking?.answer === answer) shared.asking = null;
  return verdict;
}

/** @param {SharedCamera} shared @param {number | undefined} closed */
async function askForCamera(shared, closed) {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true },
      video: { width: { ideal: 1280 }, height: { ideal: 720 }, facingMode: "user" },
    });
    if (shared.closed === closed) {
      shared.stream = stream;
      return "good";
    }
    stream.getTracks().forEach((track) => track.stop());
    return "none";
  } catch (fault) {
    if (fault.name === "NotAllowedError" || fault.name === "SecurityError") return "denied";
    return fault.name === "NotReadableError" ? "inuse" : "none";
  }
}

/**
 * Move the meter with the voice; true once anything has been heard.
 * @param {HTMLElement} card @param {SharedCamera} shared
 */
function listen(card, shared) {
  shared.stopMeter?.();
  if (!shared.stream) return Promise.resolve(false);
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(shared.stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const meter = card.querySelector("#check-level");
  let drawing = true;
  shared.stopMeter = () => { drawing = false; context.close(); delete shared.stopMeter; };
  return new Promise((resolve) => {
    setTimeout(() => resolve(context.state !== "running"), SILENT_AFTER);
    const look = () => {
      if (!drawing) return;
      analyser.getFloatTimeDomainData(samples);
      const level = Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
      meter.value = Math.min(1, level * 6);
      if (level > 0.005) resolve(true);
      requestAnimationFrame(look);
    };
    look();
  });
}

/** @param {HTMLElement} card @param {SharedCamera} shared */
async function tryPath(card, shared) {
  try {
    const seat = await send(card.dataset.probe);
    return await checkPath(seat.signal_url, async () => seat.ticket, shared.stream);
  } catch {
    return null;
  }
}

/** The figures, for whoever helps. @param {HTMLElement} card @param {Path | null} path */
function showPath(card, path) {
  const details = card.querySelector("#check-details");
  details.hidden = !path?.media;
  if (!path?.media) return;
  /** @type {(bits: number | null) => string} */
  const mega = (bits) => ((bits ?? 0) / 1e6).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });
  const relays = Object.entries(path.relays).map(([name, found]) => `${name.toUpperCase()} ${found ? "✓" : "✗"}`).join(", ");
  const told = {
    way: path.relayed ? details.dataset.relayed : details.dataset.direct, relays: relays || "–", up: mega(path.up), down: mega(path.down),
    loss: Math.round((path.loss ?? 0) * 100), delay: Math.round((path.roundTrip ?? 0) * 1000),
  };
  details.querySelector("p").textContent = details.dataset.words.replace(/{(\w+)}/g, (/** @type {string} */ _, /** @type {keyof typeof told} */ name) => String(told[name]));
}

/** The screen stays on while she waits (Wake Lock); browsers without it simply dim. */
async function keepAwake() {
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // refused when the battery is low; nothing depends on it
  }
}
