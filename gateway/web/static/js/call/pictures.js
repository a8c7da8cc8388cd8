// The others' pictures: whoever comes first has the page's own element, further ones get elements of their own beside it.
// Guests are told of in words as well, since one without a camera is only heard.
import { speakWhereChosen } from "../call/choosing.js";
import { playAloud } from "../shared/devices.js";
import { followScreen } from "./screen.js";

/**
 * @param {import("../shared/media.js").MediaCall} call @param {HTMLElement} root
 * @param {(role: string) => boolean} main whose picture the page's own element is for
 */
export function showPictures(call, root, main) {
  const place = root.querySelector("#remotes");
  const first = root.querySelector("#remote");
  const button = root.querySelector("#start-sound");
  const streams = new Map(); // seat → its stream, also while it is away: it may come back on the same sections
  const show = (/** @type {number} */ seat, /** @type {string} */ role) => {
    const stream = streams.get(seat);
    const own = place.querySelector(`[data-seat="${seat}"]`) ?? (main(role) && !first.dataset.seat ? first : add(place, first, seat));
    own.dataset.seat = seat;
    if (own.srcObject === stream) return;
    own.srcObject = stream;
    speakWhereChosen(own);
    playAloud(own, button);
  };
  call.addEventListener("remotetrack", ({ detail: { seat, role, stream } }) => {
    streams.set(seat, stream);
    show(seat, role);
  });
  call.addEventListener("seats", ({ detail }) => {
    const here = new Set(detail.filter((/** @type {Seat} */ seat) => seat.connected).map((/** @type {Seat} */ seat) => String(seat.seat)));
    told(root.querySelector("#guests-here"), detail.filter((/** @type {Seat} */ seat) => seat.connected && !seat.self && seat.role === "guest").length);
    for (const further of place.querySelectorAll("[data-further]")) if (!here.has(further.dataset.seat)) further.remove();
    for (const { seat, role, connected } of detail) if (connected && streams.has(seat)) show(seat, role);
  });
  followScreen(call, root);
}

/** Once for each change, since it is read aloud. @param {HTMLElement} line @param {number} guests */
function told(line, guests) {
  const words = guests > 1 ? line.dataset.more : guests ? line.dataset.one : "";
  if (line.textContent !== words) line.textContent = words ?? "";
}

/** @param {HTMLElement} place @param {HTMLVideoElement} first @param {number} seat */
function add(place, first, seat) {
  const video = document.createElement("video");
  Object.assign(video, { className: first.className, autoplay: true, playsInline: true });
  Object.assign(video.dataset, { further: "yes", testid: "further-video", seat: String(seat) });
  video.setAttribute("aria-label", first.getAttribute("aria-label") ?? "");
  place.append(video);
  return video;
}
