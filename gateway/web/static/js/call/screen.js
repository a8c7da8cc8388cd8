// A shared screen as the others see it: large, the pictures of people small beside it, and said in words.
import { say } from "../shared/page.js";

/** @param {import("../shared/media.js").MediaCall} call @param {HTMLElement} root */
export function followScreen(call, root) {
  const line = root.querySelector("#screen-shared");
  const look = () => {
    const seat = call.seats.find((one) => one.screen && one.connected && !one.self);
    for (const video of root.querySelectorAll("#remotes video")) {
      video.toggleAttribute("data-screen", Boolean(seat) && video.dataset.seat === String(seat?.seat));
    }
    const words = seat ? line.dataset.shared ?? "" : "";
    if (line.textContent === words) return;
    line.textContent = words; // read aloud by its role
    if (!words) say(line.dataset.over);
  };
  call.addEventListener("seats", look);
  call.addEventListener("remotetrack", look); // who comes later gets the seats first
}
