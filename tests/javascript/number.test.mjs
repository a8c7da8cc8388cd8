// A CPR number in free text is found by the browser as by the server: one table of cases for both.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { containsCitizenNumber } from "../../gateway/web/static/js/shared/number.js";

const cases = JSON.parse(readFileSync(new URL("../fixtures/citizen_numbers.json", import.meta.url), "utf8"));

test("a number is found however it is written or pasted", () => {
  for (const text of cases.found) assert.ok(containsCitizenNumber(text), JSON.stringify(text));
});

test("other digits are let be", () => {
  for (const text of cases.let_be) assert.ok(!containsCitizenNumber(text), JSON.stringify(text));
});
