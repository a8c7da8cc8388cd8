// The page is renewed when the document differs in something it shows.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Changes } from "../../gateway/web/static/js/shared/changes.js";

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("the same document again renews nothing", async () => {
  let renewed = 0;
  const changes = new Changes(() => { renewed += 1; });
  changes.takeIn({ status: "waiting", position: 2 });
  await turn();
  changes.takeIn({ status: "waiting", position: 2 });
  await turn();
  assert.equal(renewed, 1);
});

test("who sits in the room is no reason to renew, the place in the queue is", async () => {
  let renewed = 0;
  const changes = new Changes(() => { renewed += 1; });
  changes.takeIn({ position: 2, seats: [] });
  await turn();
  changes.takeIn({ position: 2, seats: ["nurse"] });
  await turn();
  changes.takeIn({ position: 1, seats: ["nurse"] });
  await turn();
  assert.equal(renewed, 2);
});

test("news during a renewal renews once more, with the last of them", async () => {
  const shown = [];
  let state = {};
  let letGo = () => {};
  const changes = new Changes(() => new Promise((resolve) => {
    shown.push(state.position);
    letGo = resolve;
  }));
  for (const position of [3, 2, 1]) {
    state = { position };
    changes.takeIn(state);
  }
  letGo();
  await turn();
  letGo();
  await turn();
  assert.deepEqual(shown, [3, 1]);
});

test("a renewal that failed is tried again by the same news", async () => {
  let tries = 0;
  const changes = new Changes(() => {
    tries += 1;
    if (tries === 1) throw new Error("the server is away");
  });
  changes.takeIn({ position: 2 });
  await turn();
  assert.equal(changes.known, false);
  changes.takeIn({ position: 2 });
  await turn();
  assert.equal(tries, 2);
});
