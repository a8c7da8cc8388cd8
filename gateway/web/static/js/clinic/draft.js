// The clinic's own field is on the server within two seconds of typing, and back after a reload (requirements.md C10, U07).
import { Refused, inTurn, send } from "../shared/api.js";
import { isHeldBack } from "../shared/number.js";

const PAUSE = 1200;

/**
 * Keep what is typed in `field`; the note that has gone takes no more drafts, only a text sent on purpose.
 * @param {HTMLTextAreaElement} field @param {HTMLElement} line
 */
export function keepDraft(field, line) {
  let kept = field.defaultValue;
  /** @type {number | undefined} */
  let timer;
  let over = false;

  const save = inTurn(async () => {
    clearTimeout(timer);
    timer = undefined;
    const text = field.value;
    if (over || text === kept || isHeldBack(field)) return;
    try {
      await send(field.dataset.keeps, { text });
      kept = text;
      if (field.value === text) line.textContent = field.dataset.kept;
    } catch (fault) {
      over = fault instanceof Refused && fault.problem.because === "sent";
      if (!over) timer ??= setTimeout(save, 2 * PAUSE); // before the talk has begun there is no note to keep it in
    }
  });

  field.addEventListener("input", () => {
    line.textContent = "";
    timer ??= setTimeout(save, PAUSE);
  });
  field.addEventListener("change", save);
}
