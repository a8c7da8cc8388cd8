// Start lyden: one button for all whose sound the browser has blocked.
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { getElementById: () => null, querySelector: () => null, addEventListener() {} };
globalThis.addEventListener = () => {};
globalThis.location = { hash: "" };
const { playAloud } = await import("../../gateway/web/static/js/shared/devices.js");
const soon = () => new Promise((resolve) => setTimeout(resolve, 5));

/** An element whose browser makes no sound until it is allowed. */
function element(allowed) {
  return {
    isConnected: true,
    srcObject: {},
    playing: false,
    allowed,
    async play() {
      if (!this.allowed) throw Object.assign(new Error(), { name: "NotAllowedError" });
      this.playing = true;
    },
  };
}

test("one press starts all that wait, and the button stays while one of them waits", async () => {
  const button = { hidden: true, textContent: "" };
  const [first, second, third] = [element(false), element(false), element(true)];
  for (const each of [first, second, third]) playAloud(each, button);
  await soon();
  assert.equal(button.hidden, false, "the one that can be heard does not hide it");
  first.allowed = true;
  button.onclick();
  await soon();
  assert.deepEqual([first.playing, second.playing, button.hidden], [true, false, false]);
  second.allowed = true;
  button.onclick();
  await soon();
  assert.deepEqual([second.playing, button.hidden], [true, true]);
});

test("one who has left is not waited for", async () => {
  const button = { hidden: true, textContent: "" };
  const [gone, here] = [element(false), element(false)];
  for (const each of [gone, here]) playAloud(each, button);
  await soon();
  gone.isConnected = false;
  here.allowed = true;
  button.onclick();
  await soon();
  assert.equal(button.hidden, true);
});
