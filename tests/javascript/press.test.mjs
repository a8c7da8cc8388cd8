// Nothing is replaced under a pointer that is down: the click of that press would be lost.
import assert from "node:assert/strict";
import { test } from "node:test";

const heard = new Map();
globalThis.addEventListener = (kind, listener) => heard.set(kind, listener);
const { released } = await import("../../gateway/web/static/js/shared/press.js");
const happens = (kind, event = {}) => heard.get(kind)(event);
const soon = () => new Promise((resolve) => setTimeout(resolve, 5));

/** Whether what waits for the release has gone on. */
function waiting() {
  const seen = { on: false };
  released().then(() => { seen.on = true; });
  return seen;
}

test("without a press nobody waits", async () => {
  const seen = waiting();
  await Promise.resolve();
  await soon();
  assert.equal(seen.on, true);
});

for (const [down, up, event] of [
  ["pointerdown", "pointerup", { pointerType: "mouse" }],
  ["pointerdown", "pointercancel", { pointerType: "mouse" }],
  ["keydown", "keyup", { key: " " }],
]) {
  test(`from ${down} to ${up}`, async () => {
    happens(down, event);
    const seen = waiting();
    await soon();
    assert.equal(seen.on, false);
    happens(up, event);
    await Promise.resolve();
    assert.equal(seen.on, false, "the click comes after the release, and is heard first");
    await soon();
    assert.equal(seen.on, true);
  });
}

test("a second press is waited for too", async () => {
  happens("pointerdown");
  const seen = waiting();
  happens("pointerdown");
  await soon();
  assert.equal(seen.on, false);
  happens("pointerup", { pointerType: "mouse" });
  await soon();
  assert.equal(seen.on, true);
});

test("any other key is no press", async () => {
  happens("keydown", { key: "a" });
  const seen = waiting();
  await soon();
  assert.equal(seen.on, true);
});
