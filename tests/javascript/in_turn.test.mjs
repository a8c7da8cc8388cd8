// What is asked for while it runs, runs once more, and never beside itself.
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { querySelector: () => null };
const { inTurn } = await import("../../gateway/web/static/js/shared/api.js");

/** Work that can be let go by hand, and what it has seen of itself. */
function work() {
  const seen = { runs: 0, beside: 0, most: 0 };
  const waiting = [];
  const run = async () => {
    seen.runs += 1;
    seen.beside += 1;
    seen.most = Math.max(seen.most, seen.beside);
    await new Promise((resolve) => waiting.push(resolve));
    seen.beside -= 1;
  };
  const letGo = async () => {
    waiting.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { seen, run, letGo };
}

test("three calls while one runs are one more run", async () => {
  const { seen, run, letGo } = work();
  const renew = inTurn(run);
  renew();
  renew();
  renew();
  renew();
  await letGo();
  await letGo();
  assert.deepEqual([seen.runs, seen.most], [2, 1]);
});

test("a call after the end runs again", async () => {
  const { seen, run, letGo } = work();
  const renew = inTurn(run);
  renew();
  await letGo();
  renew();
  await letGo();
  assert.equal(seen.runs, 2);
});

test("work that fails lets the next one run", async () => {
  let runs = 0;
  const renew = inTurn(async () => {
    runs += 1;
    if (runs === 1) throw new Error("the server is away");
  });
  await assert.rejects(renew());
  await renew();
  assert.equal(runs, 2);
});
