// A press begins and ends on the same element, or the browser makes no click of it: what is on the page stays meanwhile.
const TOUCHED = 80; // ms after a finger has gone, by which its click has come too
const LONGEST = 3000; // ms: whoever holds on for longer does not press

let pressed = Promise.resolve();
let letGo = /** @type {(after: number) => void} */ (() => {});

function hold() {
  letGo(0);
  pressed = new Promise((done) => {
    const longest = setTimeout(done, LONGEST);
    letGo = (after) => { clearTimeout(longest); setTimeout(done, after); };
  });
}

/** Resolves at once, or where a pointer or the space bar is down, when it is up again and its click has been heard. */
export async function released() {
  for (let seen; seen !== pressed;) {
    seen = pressed;
    await seen;
  }
}

const listen = /** @type {typeof addEventListener | undefined} */ (globalThis.addEventListener); // none in node's tests
listen?.("pointerdown", hold, { capture: true, passive: true });
for (const kind of ["pointerup", "pointercancel"]) {
  listen?.(kind, (event) => letGo(/** @type {PointerEvent} */ (event).pointerType === "mouse" ? 0 : TOUCHED), { capture: true });
}
listen?.("keydown", (event) => { if (event.key === " " && !event.repeat) hold(); }, { capture: true });
listen?.("keyup", (event) => { if (event.key === " ") letGo(0); }, { capture: true });
