// The doctor's screen or one of her windows, sent instead of her camera: picked in the browser's own dialog, ended by the
// button, by the browser's own bar, by closing what is shown, and with the call.
import { say } from "../shared/page.js";

// A window is suggested first: a whole screen shows other citizens too. Text needs its pixels and few pictures a second.
const WISH = {
  video: { displaySurface: "window", width: { max: 1920 }, height: { max: 1080 }, frameRate: { max: 15 } },
  audio: false, selfBrowserSurface: "exclude",
};
const FORGOTTEN_AFTER = 8000; // ms: that nothing was shared is no news for longer

/**
 * The button is there where the browser can share; telephones cannot.
 * @param {HTMLElement} root @param {() => import("../shared/media.js").MediaCall | null} inCall
 */
export function offerScreen(root, inCall) {
  const button = root.querySelector("#share");
  if (!navigator.mediaDevices?.getDisplayMedia) return;
  button.hidden = false;
  const line = root.querySelector("#sharing");
  const sharing = { stop: /** @type {(() => void) | null} */ (null), picking: false };
  button.addEventListener("click", async () => {
    const call = inCall();
    if (sharing.stop) return sharing.stop();
    if (!call || sharing.picking) return;
    sharing.picking = true;
    const track = await pick(line);
    sharing.picking = false;
    if (!track) return;
    if (call !== inCall() || ["ended", "moved"].includes(call.state)) return track.stop();
    sharing.stop = share(call, track, root, () => { sharing.stop = null; });
  });
}

/** What she chose; null and words where it is nothing. @param {HTMLElement} line */
async function pick(line) {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia(WISH);
    const [track] = stream.getVideoTracks();
    track.contentHint = "detail";
    return track;
  } catch (fault) {
    // Put away by her, or forbidden by the computer itself, which Chromium says in the message only.
    const words = fault.name === "NotAllowedError" && !fault.message.includes("system") ? line.dataset.nothing : line.dataset.refused;
    tell(line, words, true);
    setTimeout(() => { if (line.textContent === words) tell(line); }, FORGOTTEN_AFTER);
    return null;
  }
}

/**
 * Returns what ends it.
 * @param {import("../shared/media.js").MediaCall} call @param {MediaStreamTrack} track @param {HTMLElement} root
 * @param {() => void} ended
 */
function share(call, track, root, ended) {
  const [button, line] = ["#share", "#sharing"].map((id) => root.querySelector(id));
  const picture = preview(root, track);
  const over = () => { if (["ended", "moved"].includes(call.state)) stop(); };
  const stop = () => {
    track.stop();
    call.removeEventListener("state", over);
    picture.remove();
    label(button, button.dataset.on);
    tell(line);
    say(line.dataset.stopped);
    ended();
    call.showScreen(null);
  };
  track.addEventListener("ended", stop, { once: true });
  call.addEventListener("state", over);
  label(button, button.dataset.off);
  tell(line, line.dataset[track.getSettings().displaySurface ?? ""] ?? line.dataset.other);
  call.showScreen(track);
  return stop;
}

/** What the others see stands where her own picture stood. @param {HTMLElement} root @param {MediaStreamTrack} track */
function preview(root, track) {
  const own = root.querySelector("#own");
  const video = document.createElement("video");
  Object.assign(video, { className: "call__own call__own--screen", autoplay: true, playsInline: true, muted: true, srcObject: new MediaStream([track]) });
  video.dataset.testid = "own-screen";
  video.setAttribute("aria-label", root.querySelector("#sharing").dataset.preview ?? "");
  own.after(video);
  return video;
}

/** @param {HTMLElement} button @param {string | undefined} words */
function label(button, words = "") { button.querySelector(".tool__label").textContent = words; }

/** @param {HTMLElement} line @param {string} [words] @param {boolean} [loud] */
function tell(line, words = "", loud = false) {
  line.textContent = words;
  line.hidden = !words;
  say(words, loud);
}
