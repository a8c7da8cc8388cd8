/*
 * The frame cipher: SFrame (RFC 9605) with its suite AES_256_GCM_SHA512_128.
 */

/** One sender's key as its frames are sealed and opened with. @typedef {{kid: bigint, key: CryptoKey, salt: Uint8Array}} FrameKey */

const SUITE = 5;
const TAG = 16; // octets
const text = new TextEncoder();

/** @param {bigint} number @param {number} [least] @returns {number[]} big-endian, as short as it goes, `least` octets or more */
function octets(number, least = 1) {
  const hex = number.toString(16);
  const even = hex.padStart(Math.max(2 * least, hex.length + hex.length % 2), "0");
  return (even.match(/../g) ?? []).map((pair) => parseInt(pair, 16));
}

/** @param {bigint} number @returns {[number, number[]]} the four bits in the header's first octet, and the octets after it (§4.3) */
function field(number) {
  if (number < 8n) return [Number(number), []];
  const whole = octets(number);
  return [8 | whole.length - 1, whole];
}

/** @param {bigint} kid @param {bigint} counter */
export function header(kid, counter) {
  const [[high, ofKid], [low, ofCounter]] = [field(kid), field(counter)];
  return Uint8Array.of(high << 4 | low, ...ofKid, ...ofCounter);
}

/** @param {Uint8Array} frame @returns {{kid: bigint, counter: bigint, size: number} | null} null where it is too short to be one */
export function readHeader(frame) {
  let at = 1;
  const read = (/** @type {number} */ bits) => {
    if (bits < 8) return BigInt(bits);
    const from = at;
    at += (bits & 7) + 1;
    return frame.subarray(from, at).reduce((number, octet) => number << 8n | BigInt(octet), 0n);
  };
  const [kid, counter] = [read((frame[0] ?? 0) >> 4), read((frame[0] ?? 0) & 15)];
  return at + TAG <= frame.length ? { kid, counter, size: at } : null;
}

/** The key schedule of §4.4.2. @param {Uint8Array<ArrayBuffer>} base @param {bigint} kid @returns {Promise<FrameKey>} */
export async function frameKey(base, kid) {
  const secret = await crypto.subtle.importKey("raw", base, "HKDF", false, ["deriveBits"]);
  const derive = (/** @type {string} */ label, /** @type {number} */ size) => {
    const info = Uint8Array.of(...text.encode(`SFrame 1.0 Secret ${label} `), ...octets(kid, 8), ...octets(BigInt(SUITE), 2));
    return crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-512", salt: new Uint8Array(), info }, secret, 8 * size);
  };
  const [key, salt] = await Promise.all([derive("key", 32), derive("salt", 12)]);
  return { kid, key: await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"]), salt: new Uint8Array(salt) };
}

/** @param {FrameKey} key @param {bigint} counter @param {Uint8Array} head @param {Uint8Array} beside what is sent in clear and must not be changed */
function parameters({ salt }, counter, head, beside) {
  const number = octets(counter, salt.length);
  return { name: "AES-GCM", iv: salt.map((octet, place) => octet ^ number[place]), additionalData: join(head, beside), tagLength: 8 * TAG };
}

/** Header, cipher text and tag (§4.4.3). No counter may be used twice with one key. @param {FrameKey} key @param {bigint} counter @param {Uint8Array} beside @param {Uint8Array<ArrayBuffer>} plain */
export async function seal(key, counter, beside, plain) {
  const head = header(key.kid, counter);
  return join(head, new Uint8Array(await crypto.subtle.encrypt(parameters(key, counter, head, beside), key.key, plain)));
}

/** Throws where the frame, or what stood beside it, is not what was sealed. @param {FrameKey} key @param {Uint8Array} beside @param {Uint8Array<ArrayBuffer>} sealed */
export async function open(key, beside, sealed) {
  const read = readHeader(sealed);
  if (!read) throw new RangeError("too short");
  const head = sealed.subarray(0, read.size);
  return new Uint8Array(await crypto.subtle.decrypt(parameters(key, read.counter, head, beside), key.key, sealed.subarray(read.size)));
}

/** @param {Uint8Array[]} parts */
export function join(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
