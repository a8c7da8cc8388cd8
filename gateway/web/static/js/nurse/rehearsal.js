// Øvekald: the invented doctor of this very window. Her picture is drawn here and goes through the media process, and
// in it stands what she is sent: so the nurse sees how the doctor sees her, and camera, sound and network are tried.
import { send } from "../shared/api.js";
import { MediaCall } from "../shared/media.js";

const FRAMES = 15; // a second
const SIZE = { width: 640, height: 360 };
const CHIME_EVERY = 4000;

/**
 * @param {HTMLElement | null} banner says that this is a rehearsal; null where it is none
 * @param {HTMLElement} main
 */
export function startDoctor(banner, main) {
  if (!banner) return () => {};
  const seat = `/api/v1/consultations/${main.dataset.id}/invented-doctor`;
  const received = document.createElement("video");
  received.muted = true;
  const picture = draw(received, banner.dataset.doctor ?? "", banner.dataset.seen ?? "");
  const sound = chime();
  const stream = new MediaStream([...picture.stream.getTracks(), ...sound.stream.getTracks()]);
  const call = new MediaCall({
    fetchSeat: (lost) => send(seat, lost ? { lost } : undefined).catch(onlyWhereItIsOver),
    localStream: stream,
  });
  call.addEventListener("remotetrack", ({ detail }) => {
    received.srcObject = detail.stream;
    received.play().catch(() => {}); // muted: nothing to allow
  });
  call.join();
  return () => {
    call.leave();
    picture.stop();
    sound.stop();
  };
}

/** @param {any} fault */
function onlyWhereItIsOver(fault) {
  if (fault.status === 409 || fault.status === 404) return null;
  throw fault;
}

/**
 * A figure at a desk, and in a corner what she is sent.
 * @param {HTMLVideoElement} received @param {string} name @param {string} seen
 */
function draw(received, name, seen) {
  const canvas = Object.assign(document.createElement("canvas"), SIZE);
  const brush = canvas.getContext("2d");
  const timer = setInterval(() => { if (brush) paint(brush, received, name, seen); }, 1000 / FRAMES);
  if (brush) paint(brush, received, name, seen);
  const stream = canvas.captureStream(FRAMES);
  return { stream, stop: () => { clearInterval(timer); stream.getTracks().forEach((track) => track.stop()); } };
}

/** @param {CanvasRenderingContext2D} brush @param {HTMLVideoElement} received @param {string} name @param {string} seen */
function paint(brush, received, name, seen) {
  const { width, height } = SIZE;
  const sway = Math.sin(performance.now() / 900) * 6;
  fill(brush, "#0f3d4c", 0, 0, width, height);
  disc(brush, "#e8eef0", 220 + sway, 390, 130);
  disc(brush, "#f1c9a5", 220 + sway, 190, 70);
  disc(brush, "#4a3527", 220 + sway, 150, 62);
  disc(brush, "#f1c9a5", 220 + sway, 205, 56);
  fill(brush, "#ffd84d", 0, 0, width, 44);
  brush.fillStyle = "#241c00";
  brush.font = "bold 22px Inter, sans-serif";
  brush.fillText(name, 16, 30);
  if (received.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
  brush.drawImage(received, 392, 60, 232, 131);
  brush.fillStyle = "#ffffff";
  brush.font = "18px Inter, sans-serif";
  brush.fillText(seen, 392, 214);
}

/** @param {CanvasRenderingContext2D} brush @param {string} colour @param {number[]} box */
function fill(brush, colour, ...[x, y, width, height]) {
  brush.fillStyle = colour;
  brush.fillRect(x, y, width, height);
}

/** @param {CanvasRenderingContext2D} brush @param {string} colour @param {number[]} place */
function disc(brush, colour, ...[x, y, radius]) {
  brush.fillStyle = colour;
  brush.beginPath();
  brush.arc(x, y, radius, 0, 2 * Math.PI);
  brush.fill();
}

/** Two soft tones every few seconds: that she hears them says that the doctor's sound arrives. */
function chime() {
  const context = new AudioContext();
  const out = context.createMediaStreamDestination();
  const timer = setInterval(() => [523, 659].forEach((pitch, n) => tone(context, out, pitch, n * 0.25)), CHIME_EVERY);
  return { stream: out.stream, stop: () => { clearInterval(timer); context.close(); } };
}

/** @param {AudioContext} context @param {AudioNode} out @param {number} pitch @param {number} after */
function tone(context, out, pitch, after) {
  const voice = new OscillatorNode(context, { frequency: pitch });
  const loudness = new GainNode(context, { gain: 0.08 });
  voice.connect(loudness).connect(out);
  voice.start(context.currentTime + after);
  voice.stop(context.currentTime + after + 0.2);
}
