// The ring covers all: rising tones every three seconds, vibration, a flashing title, a countdown, focus on "Deltag".
import { send } from "../shared/api.js";
import { tone } from "../shared/sound.js";

const EVERY = 3000;

/**
 * `again` fetches the screen anew when she has joined or asked for more time; sound and camera stay.
 * @param {HTMLElement} root @param {() => unknown} again
 */
export function startRing(root, again) {
  const ring = root.querySelector(".ring");
  if (!ring) return () => {};
  const until = Date.parse(ring.dataset.until);
  const title = document.title;
  let flashed = false;

  async function sound() {
    navigator.vibrate?.([300, 150, 300]);
    ring.querySelector("#sound-off").hidden = await tone([523, 659, 784, 1047]);
  }
  function tick() {
    ring.querySelector("#countdown").textContent = Math.max(0, Math.ceil((until - Date.now()) / 1000));
    document.title = flashed ? title : `● ${ring.dataset.flash}`;
    flashed = !flashed;
  }

  for (const form of ring.querySelectorAll("form[data-act]")) {
    form.addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      send(`/api/v1/consultations/${root.dataset.id}/${form.dataset.act}`).then(again, again);
    });
  }
  ring.querySelector("#sound-on").addEventListener("click", sound);
  ring.querySelector("#join").focus();
  sound();
  tick();
  const timers = [setInterval(sound, EVERY), setInterval(tick, 1000)];
  return () => { timers.forEach(clearInterval); document.title = title; };
}
