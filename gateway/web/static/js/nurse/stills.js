// Pictures for the note: what the citizen says is noted, and a picture is what one's own camera shows at the press.
import { Refused, send } from "../shared/api.js";
import { say } from "../shared/page.js";
import { asBase64, stillOf } from "../call/still.js";

/** @type {Record<string, string>} */
const SAID = { allow: "allowed", take: "taken", remove: "erased", withdraw: "withdrawn" };

/**
 * Buttons of the panel, by delegation: it is put in anew at each change.
 * @param {HTMLElement} root @param {SharedCamera} shared @param {() => Promise<unknown>} refresh
 */
export function startStills(root, shared, refresh) {
  /** @param {Event} event */
  const press = async (event) => {
    const panel = event.target?.closest("#stills");
    const button = event.target?.closest("[data-still]");
    if (!panel || !button || button.disabled) return;
    button.disabled = true;
    try {
      const words = await act(root, shared, panel, button);
      await refresh().catch(() => {}); // the stream brings the same news
      if (document.activeElement === document.body) root.querySelector("[data-still]:not([disabled])")?.focus();
      tell(root, words);
    } catch (fault) {
      button.disabled = false;
      tell(root, (fault instanceof Refused && fault.problem.detail) || panel.dataset.failed, true);
    }
  };
  root.addEventListener("click", press);
  return () => root.removeEventListener("click", press);
}

/** What was done, in words. @param {HTMLElement} root @param {SharedCamera} shared @param {HTMLElement} panel @param {HTMLButtonElement} button */
async function act(root, shared, panel, button) {
  const what = button.dataset.still ?? "";
  if (what !== "take") {
    await send(`${panel.dataset.address}/${what}`, what === "remove" ? { still: button.dataset.id } : {});
    return panel.dataset[/** @type {string} */ (SAID[what])];
  }
  const video = root.querySelector("#own");
  if (!shows(shared.stream?.getVideoTracks()[0]) || !video.videoWidth) {
    button.disabled = false;
    return panel.dataset.off;
  }
  await send(panel.dataset.address ?? "", { still: asBase64(await stillOf(video, Number(panel.dataset.most))) });
  return panel.dataset.taken;
}

/** @param {MediaStreamTrack | undefined} track */
const shows = (track) => track?.readyState === "live" && track.enabled && !track.muted;

/** @param {HTMLElement} root @param {string} [words] @param {boolean} [loud] */
function tell(root, words = "", loud = false) {
  const line = root.querySelector("[data-stills-said]");
  if (line) line.textContent = words;
  if (loud || !line) say(words, loud);
}
