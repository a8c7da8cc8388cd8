/*
 * How two pages come to a key that the server between them does not know, and the numbers by which people can tell
 * that it was not in between (docs/adr/0014-end-to-end-encryption.md).
 */
import { join } from "./sframe.js";

/** @typedef {{pair: CryptoKeyPair, published: string}} Identity */
/** @typedef {import("./vault.js").BaseKey} BaseKey */

const CURVE = { name: "ECDH", namedCurve: "P-256" };
const BASE = 32; // octets of a sender's key
const NUMBER = 12; // octets that make each sealing a different one
const ROUNDS = 100_000; // what each guess costs a server that looks for keys with the same numbers
const GROUPS = 5; // of four digits
const text = new TextEncoder();

/** @param {Uint8Array} octets */
const written = (octets) => btoa(String.fromCharCode(...octets)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
/** @param {string} base64 */
const read = (base64) => Uint8Array.from(atob(base64.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

/** @returns {Promise<Identity>} for this call and this page only; its private half cannot be read by any script */
export async function identity() {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  return { pair, published: written(new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey))) };
}

/** A new sender's key. @returns {BaseKey} */
export function freshKey() {
  const [kid] = crypto.getRandomValues(new Uint32Array(1));
  return { kid: BigInt(kid), base: crypto.getRandomValues(new Uint8Array(BASE)) };
}

/** The key for what `from` tells `to`: one for each direction. @param {Identity} own @param {string} other @param {[string, string]} direction */
async function wrappingKey(own, other, [from, to]) {
  const theirs = await crypto.subtle.importKey("raw", read(other), CURVE, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, own.pair.privateKey, 256);
  const secret = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const info = text.encode(`call key ${from} ${to}`);
  return crypto.subtle.deriveKey({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info }, secret, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/** A sender's key that only the page of `to` can read. @param {Identity} own @param {string} to @param {BaseKey} key */
export async function wrap(own, to, { kid, base }) {
  const iv = crypto.getRandomValues(new Uint8Array(NUMBER));
  const plain = join(new Uint8Array(4), base);
  new DataView(plain.buffer).setUint32(0, Number(kid));
  const key = await wrappingKey(own, to, [own.published, to]);
  return written(join(iv, new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, plain))));
}

/** Throws where it is not from `from`, or not for us. @param {Identity} own @param {string} from @param {string} wrapped @returns {Promise<BaseKey>} */
export async function unwrap(own, from, wrapped) {
  const octets = read(wrapped);
  const key = await wrappingKey(own, from, [from, own.published]);
  const plain = new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: octets.subarray(0, NUMBER) }, key, octets.subarray(NUMBER)));
  return { kid: BigInt(new DataView(plain.buffer).getUint32(0)), base: plain.slice(4) };
}

/** The same for everybody who has the same keys of everybody. @param {string[]} published */
export async function numbers(published) {
  const secret = await crypto.subtle.importKey("raw", text.encode([...published].sort().join(" ")), "PBKDF2", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: text.encode("call numbers"), iterations: ROUNDS }, secret, 32 * GROUPS);
  const view = new DataView(bits);
  return Array.from({ length: GROUPS }, (_, place) => String(view.getUint32(4 * place) % 10_000).padStart(4, "0")).join(" ");
}
