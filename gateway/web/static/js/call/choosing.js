// Which camera, microphone and loudspeaker: chosen in the call, at once in use.
import { say } from "../shared/page.js";

const LISTS = { video: "videoinput", audio: "audioinput", speaker: "audiooutput" };
const CAN_SPEAK_ELSEWHERE = "setSinkId" in HTMLMediaElement.prototype;
let speaker = ""; // this page's loudspeaker; "": the system's own

/**
 * The dialog behind the toolbar's button.
 * @param {HTMLElement} root @param {() => import("../shared/devices.js").Devices | undefined} inUse
 * @param {() => void} changed told when a camera or microphone was exchanged
 */
export function offerChoice(root, inUse, changed) {
  const dialog = root.querySelector("#choose-devices");
  const fill = () => fillLists(dialog, inUse());
  root.querySelector("#choose").addEventListener("click", fill);
  navigator.mediaDevices?.addEventListener("devicechange", () => { if (dialog.open) fill(); });
  for (const [kind, list] of Object.entries(lists(dialog))) {
    list.addEventListener("change", async () => {
      const used = kind === "speaker" ? await speakBy(root, list.value) : await inUse()?.choose(kind, { deviceId: list.value });
      const name = list.selectedOptions[0].textContent;
      tell(dialog, (used ? dialog.dataset.used : dialog.dataset.refused).replace("{name}", name));
      changed();
      await fill();
    });
  }
}

/** A picture that has just come speaks where the others do. @param {HTMLMediaElement} video */
export function speakWhereChosen(video) {
  if (speaker) video.setSinkId(speaker).catch(() => {}); // unplugged meanwhile: the system's own
}

/** @param {HTMLElement} dialog @returns {Record<string, any>} */
function lists(dialog) {
  return Object.fromEntries(Object.keys(LISTS).map((kind) => [kind, dialog.querySelector(`#choose-${kind}`)]));
}

/** @param {any} dialog @param {import("../shared/devices.js").Devices} [devices] */
async function fillLists(dialog, devices) {
  const found = await navigator.mediaDevices.enumerateDevices();
  for (const [kind, list] of Object.entries(lists(dialog))) {
    const those = found.filter((one) => one.kind === LISTS[/** @type {keyof typeof LISTS} */ (kind)]);
    const now = kind === "speaker" ? speaker : devices?.track(kind)?.getSettings().deviceId;
    list.replaceChildren(...those.map((one, place) => new Option(one.label || `${list.dataset.nameless} ${place + 1}`, one.deviceId, false, one.deviceId === now)));
    list.closest(".field").hidden = !those.length || (kind === "speaker" && !CAN_SPEAK_ELSEWHERE);
  }
}

/** @param {HTMLElement} root @param {string} id */
async function speakBy(root, id) {
  try {
    for (const video of /** @type {any} */ (root.querySelectorAll("video:not(#own)"))) await video.setSinkId(id);
    speaker = id;
    return true;
  } catch {
    return false; // the dialog says so
  }
}

/** @param {HTMLElement} dialog @param {string} words */
function tell(dialog, words) {
  dialog.querySelector("#choose-said").textContent = words;
  say(words);
}
