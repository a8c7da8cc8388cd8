// What is taken out of a picture before it leaves the page.
import assert from "node:assert/strict";
import test from "node:test";
import { asBase64, bare } from "../../gateway/web/static/js/call/still.js";

const segment = (marker, body) => [0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 0xff, ...body];
const text = (words) => [...Buffer.from(words, "latin1")];
const START = [0xff, 0xd8];
const HEADER = segment(0xe0, [...text("JFIF\0"), 1, 1, 0, 0, 1, 0, 1, 0, 0]);
const TABLES = segment(0xdb, [0, ...new Array(64).fill(1)]);
const SCAN = [...segment(0xda, [1, 1, 0, 0, 63, 0]), 0x12, 0xff, 0x00, 0xe1, 0x34, 0xff, 0xd9];

test("a picture without metadata stays as it is", () => {
  const plain = [...START, ...HEADER, ...TABLES, ...SCAN];
  assert.deepEqual([...bare(new Uint8Array(plain))], plain);
});

test("Exif, colour profiles, comments and thumbnails go, and the picture stays", () => {
  const place = segment(0xe1, text("Exif\0\0 55.676 12.568"));
  const profile = segment(0xe2, text("ICC_PROFILE\0"));
  const comment = segment(0xfe, text("Karla"));
  const thumbnail = segment(0xe0, [...text("JFIF\0"), 1, 1, 0, 0, 1, 0, 1, 1, 1, 7, 7, 7]);
  const full = [...START, ...HEADER, ...place, ...profile, ...TABLES, ...comment, ...SCAN];
  assert.deepEqual([...bare(new Uint8Array(full))], [...START, ...HEADER, ...TABLES, ...SCAN]);
  const exifFirst = [...START, ...place, ...thumbnail, ...TABLES, ...SCAN];
  assert.deepEqual([...bare(new Uint8Array(exifFirst))], [...START, ...TABLES, ...SCAN]);
});

test("bytes are written as base64 however many there are", () => {
  const bytes = Uint8Array.from({ length: 100_001 }, (_, place) => place % 256);
  assert.equal(asBase64(bytes), Buffer.from(bytes).toString("base64"));
});
