// The frame cipher against the vectors of RFC 9605 (appendix C), frames of both codecs, and the pages' agreement on keys.
import assert from "node:assert/strict";
import { test } from "node:test";

const at = "../../gateway/web/static/js/encryption";
const { frameKey, header, open, readHeader, seal } = await import(`${at}/sframe.js`);
const { assemble, isSealed, sealedPart, split } = await import(`${at}/frames.js`);
const { Vault } = await import(`${at}/vault.js`);
const { freshKey, identity, numbers, unwrap, wrap } = await import(`${at}/agreement.js`);

const hex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const KIDS = [[0n, "0", ""], [1n, "1", ""], [255n, "8", "ff"], [256n, "9", "0100"], [65535n, "9", "ffff"], [65536n, "a", "010000"], [4294967295n, "b", "ffffffff"], [4294967296n, "c", "0100000000"], [(1n << 64n) - 1n, "f", "ffffffffffffffff"]];

test("headers are those of RFC 9605 C.1, and are read back", () => {
  for (const [kid, high, ofKid] of KIDS) {
    for (const [counter, low, ofCounter] of KIDS) {
      const made = header(kid, counter);
      assert.deepEqual(made, hex(high + low + ofKid + ofCounter));
      assert.deepEqual(readHeader(Uint8Array.of(...made, ...new Uint8Array(16))), { kid, counter, size: made.length });
      assert.equal(readHeader(Uint8Array.of(...made, ...new Uint8Array(15))), null);
    }
  }
});

const VECTOR = { // RFC 9605 C.3, cipher suite 0x0005
  base: hex("000102030405060708090a0b0c0d0e0f"), kid: 0x123n, counter: 0x4567n,
  salt: hex("84991c167b8cd23c93708ec7"),
  beside: hex("4945544620534672616d65205747"),
  plain: hex("64726166742d696574662d736672616d652d656e63"),
  sealed: hex("990123456794f509d36e9beacb0e261d99c7d1e972f1fed787d4049f17ca21353c1cc24d56ceabced279"),
};

test("keys, salt and cipher text are those of RFC 9605 C.3", async () => {
  const key = await frameKey(VECTOR.base, VECTOR.kid);
  assert.deepEqual(key.salt, VECTOR.salt);
  assert.deepEqual(await seal(key, VECTOR.counter, VECTOR.beside, VECTOR.plain), VECTOR.sealed);
  assert.deepEqual(await open(key, VECTOR.beside, VECTOR.sealed), VECTOR.plain);
});

test("a frame in which anything was changed does not open", async () => {
  const key = await frameKey(VECTOR.base, VECTOR.kid);
  for (let place = 0; place < VECTOR.sealed.length; place += 1) {
    const changed = VECTOR.sealed.map((octet, at) => at === place ? octet ^ 1 : octet);
    await assert.rejects(open(key, VECTOR.beside, changed), `octet ${place}`);
  }
  await assert.rejects(open(key, VECTOR.beside.slice(1), VECTOR.sealed));
});

/** Two workers that share keys: what one seals, the other opens. */
async function pair() {
  const key = freshKey(), reports = [];
  const [from, to] = [new Vault(() => {}), new Vault((what) => reports.push(what))];
  await from.use({ own: key, others: [], plain: false });
  await to.use({ own: freshKey(), others: [key], plain: false });
  return { key, from, to, reports };
}
const random = (size) => crypto.getRandomValues(new Uint8Array(size));
const zeros = new Uint8Array(300); // encrypted to anything, so that start codes come about
const FRAMES = {
  "a VP8 key frame": ["video", Uint8Array.of(0x50, 0x31, 0, 0x9d, 0x01, 0x2a, 0x80, 2, 0xe0, 1, ...random(900)), 10],
  "a VP8 frame": ["video", Uint8Array.of(0x31, 2, 0, ...random(200)), 3],
  "an H.264 key frame": ["video", Uint8Array.of(0, 0, 0, 1, 0x67, 0x42, 0xe0, 0x1f, 0, 0, 0, 1, 0x68, 0xce, 0, 0, 1, 0x65, 0x88, 0x84, 1, 2, ...zeros), 22],
  "an H.264 frame of two slices": ["video", Uint8Array.of(0, 0, 0, 1, 0x41, 0x9a, 1, 2, 3, ...random(99), 0, 0, 1, 0x41, ...random(99)), 9],
  "sound": ["audio", random(80), 0],
};
for (const [name, [kind, frame, clear]] of Object.entries(FRAMES)) {
  test(`${name} is sealed behind its clear head and comes back as it was`, async () => {
    const { from, to } = await pair();
    const stream = to.incoming(kind);
    for (let turn = 0; turn < 50; turn += 1) {
      const sealed = await from.seal(frame, kind);
      assert.ok(isSealed(sealed));
      assert.deepEqual(sealed.subarray(0, clear), frame.subarray(0, clear));
      if (frame.length > clear) assert.ok(!Buffer.from(sealed).includes(Buffer.from(frame.subarray(clear))));
      assert.deepEqual(await to.open(sealed, stream), frame);
    }
  });
}

test("no start code comes about in what is sealed for H.264, whatever it is", () => {
  const [kind, frame] = FRAMES["an H.264 key frame"];
  const spoilt = [zeros, Uint8Array.of(0, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0, 0, 3, 3, 0, 0), ...Array.from({ length: 200 }, () => random(200).map((octet) => octet % 5))];
  for (const octets of spoilt) {
    const sealed = Uint8Array.of(0xb3, ...octets);
    const whole = assemble(split(frame, kind), sealed);
    assert.doesNotMatch(Buffer.from(whole.subarray(22)).toString("hex").replace(/../g, "$& "), /00 00 0[012]/);
    assert.deepEqual(sealedPart(split(whole, kind)), sealed);
  }
});

test("parameter sets and start codes may be rewritten on the way, the slice behind them may not", async () => {
  const { from, to } = await pair();
  const [kind, frame] = FRAMES["an H.264 key frame"];
  const sealed = await from.seal(frame, kind);
  const rewritten = [0, 0, 0, 1, 0x67, 0x42, 0xe1, 0x1f, 9, 0, 0, 0, 1, 0x68, 0xce, 0];
  const opened = await to.open(Uint8Array.of(...rewritten, ...sealed.subarray(14)), to.incoming(kind));
  assert.deepEqual(opened?.subarray(rewritten.length), frame.subarray(14));
  assert.equal(await to.open(sealed.map((octet, at) => at === 20 ? octet ^ 1 : octet), to.incoming(kind)), null);
});

test("a frame waits for its key, and one that has none is dropped, and a whole picture is asked for afterwards", async () => {
  const { key, from, to, reports } = await pair();
  const [kind, frame] = FRAMES["a VP8 frame"];
  const [stream, next] = [to.incoming(kind), freshKey()];
  await from.use({ own: next, others: [], plain: false });
  const waits = to.open(await from.seal(frame, kind), stream);
  await to.use({ own: null, others: [key, next], plain: false });
  assert.deepEqual(await waits, frame);
  assert.deepEqual(reports, []);

  await from.use({ own: freshKey(), others: [], plain: false });
  assert.equal(await to.open(await from.seal(frame, kind), stream), null);
  assert.equal(await to.open(await from.seal(frame, kind), stream), null); // at once: nothing has changed
  await from.use({ own: next, others: [], plain: false });
  assert.deepEqual(await to.open(await from.seal(frame, kind), stream), frame);
  assert.deepEqual(reports, ["whole"]);
});

test("what is not sealed is shown only where somebody cannot, and for a moment after", async () => {
  const { key, from, to } = await pair();
  const [kind, frame] = FRAMES["a VP8 frame"];
  assert.equal(await to.open(frame, to.incoming(kind)), null);
  await from.use({ own: key, others: [], plain: true });
  await to.use({ own: null, others: [key], plain: true });
  assert.deepEqual(await from.seal(frame, kind), frame);
  assert.deepEqual(await to.open(frame, to.incoming(kind)), frame);
  await to.use({ own: null, others: [key], plain: false });
  assert.deepEqual(await to.open(frame, to.incoming(kind)), frame);
});

test("nothing is sent before there is a key, and frames that keep failing are reported once", async () => {
  const { key, from, to, reports } = await pair();
  const [kind, frame] = FRAMES["a VP8 frame"];
  assert.equal(await new Vault(() => {}).seal(frame, kind), null);
  const stream = to.incoming(kind);
  for (let turn = 0; turn < 40; turn += 1) {
    const spoilt = await from.seal(frame, kind);
    spoilt[20] ^= 1;
    assert.equal(await to.open(spoilt, stream), null);
  }
  assert.deepEqual(reports, ["failing"]);
  await from.use({ own: key, others: [], plain: false }); // the same key again goes on counting
  const [one, two] = [await from.seal(frame, kind), await from.seal(frame, kind)];
  assert.notDeepEqual(one, two);
});

test("a sender's key is read by the page it was wrapped for and by no other", async () => {
  const [clinic, nurse, stranger] = await Promise.all([identity(), identity(), identity()]);
  const key = freshKey();
  const wrapped = await wrap(clinic, nurse.published, key);
  assert.match(clinic.published, /^[\w-]{87}$/);
  assert.match(wrapped, /^[\w-]{86}$/);
  assert.deepEqual(await unwrap(nurse, clinic.published, wrapped), key);
  await assert.rejects(unwrap(stranger, clinic.published, wrapped));
  await assert.rejects(unwrap(nurse, stranger.published, wrapped));
  await assert.rejects(unwrap(clinic, nurse.published, wrapped)); // sent back to whom it came from
});

test("the numbers are the same for everybody with the same keys, and others with a key that was swapped", async () => {
  const [one, two, three] = await Promise.all([identity(), identity(), identity()]);
  const said = await numbers([one.published, two.published]);
  assert.match(said, /^\d{4}( \d{4}){4}$/);
  assert.equal(await numbers([two.published, one.published]), said);
  assert.notEqual(await numbers([one.published, three.published]), said);
});
