/*
 * Who in the room can read whose frames: the keys of all present, renewed whenever somebody comes or goes.
 * What is said, and why, stands in docs/adr/0014-end-to-end-encryption.md.
 */
import { freshKey, identity, numbers, unwrap, wrap } from "./agreement.js";
import { OPTIONS, startCipher } from "./cipher.js";

/** @typedef {import("./vault.js").BaseKey} BaseKey */

const ASK_EVERY = 1000; // ms
const GIVE_UP = 5000; // ms that the other's key is missing while its picture comes
const KEPT = 2; // keys of one sender: frames under the one before may still be on their way
const PAGES = 8; // whose keys are kept: whoever has gone may still be seen through a media process that hands over

export class Secrecy {
  #send;
  #changed;
  #gaveUp;
  /** @type {import("./cipher.js").Cipher | null} */
  #cipher = null;
  /** @type {import("./agreement.js").Identity | null} */
  #identity = null;
  #own = freshKey();
  #plain = false;
  #askAll = false;
  #keyedFor = ""; // the public keys of those whom the present key was made for
  /** @type {Map<number, string>} seat → public key of who sits there; "" cannot */
  #others = new Map();
  /** @type {Map<string, BaseKey[]>} public key → that page's sender's keys, the newest first */
  #keys = new Map();
  /** @type {Map<number, string>} seat → what it has handed over and could not be read yet */
  #unread = new Map();
  /** @type {Map<number, {since: number, asked: number}>} */
  #missing = new Map();
  #starting;
  #told = {};

  /**
   * @param {(message: object) => void} send by the signalling
   * @param {(told: {state: "alone" | "agreeing" | "sealed" | "plain", able: boolean, numbers: string}) => void} changed
   * @param {() => void} gaveUp connections are better made anew, without this
   */
  constructor(send, changed, gaveUp) {
    this.#send = send;
    this.#changed = changed;
    this.#gaveUp = gaveUp;
    this.#starting = this.#start();
  }

  async #start() {
    try {
      this.#identity = await identity();
      this.#cipher = await startCipher((what) => what === "whole" ? this.#send({ type: what }) : this.#giveUp());
    } catch {
      this.#cipher = null; // no P-256 here: told as "cannot"
    }
    this.#use();
  }

  /** The public key to join with: "" where this page cannot. */
  async join() {
    await this.#starting;
    this.#askAll = true;
    this.#missing.clear();
    return this.#published;
  }

  get #published() { return this.#cipher ? this.#identity?.published ?? "" : ""; }

  /** Before a connection is answered. @param {RTCPeerConnection} pc */
  attach(pc) { if (this.#published) this.#cipher?.attach(pc); }

  /** What a connection is made with. */
  get options() { return this.#published ? OPTIONS : {}; }

  stop() { this.#cipher?.stop(); }

  /** From now on in clear, for everybody: better than no picture. */
  #giveUp() {
    if (!this.#identity) return;
    this.#identity = null;
    this.#send({ type: "plain" });
    this.#decide();
    this.#gaveUp();
  }

  /** Who is present. @param {Seat[]} seats */
  follow(seats) {
    if (seats.find((seat) => seat.self)?.public === undefined) return; // a media process of an older build
    const others = new Map(seats.filter((seat) => !seat.self && seat.public !== null).map((seat) => [seat.seat, seat.public ?? ""]));
    const former = this.#askAll ? new Map() : this.#others;
    this.#askAll = false;
    for (const seat of this.#unread.keys()) if (!others.has(seat)) this.#unread.delete(seat);
    this.#others = others;
    this.#missing = new Map(seats.filter((seat) => others.get(seat.seat) && seat.connected).map(({ seat }) => [seat, this.#missing.get(seat) ?? { since: performance.now(), asked: performance.now() }]));
    this.#decide();
    this.#readAll();
    for (const [seat, published] of others) if (former.get(seat) !== published) this.#ask(seat);
  }

  /** In clear where somebody cannot; a new key where the others are not those it was made for. */
  #decide() {
    const plain = !this.#published || [...this.#others.values()].includes("");
    if (plain && !this.#plain && this.#others.size) this.#send({ type: "whole" }); // for whoever cannot open what was sealed
    this.#plain = plain;
    const present = [...this.#others.values()].sort().join(" ");
    const renew = present !== "" && present !== this.#keyedFor && !plain;
    if (present !== "") this.#keyedFor = present;
    if (renew) this.#renew();
    else this.#use();
    this.#tell();
  }

  async #renew() {
    const own = this.#own = freshKey();
    await Promise.all([...this.#others].map(([seat, published]) => this.#hand(seat, published)));
    if (own === this.#own) this.#use();
  }

  /** @param {number} seat @param {string} published */
  async #hand(seat, published) {
    if (this.#plain || !published || !this.#identity) return;
    this.#send({ type: "secret", to: seat, sealed: await wrap(this.#identity, published, this.#own) });
  }

  /** @param {number} seat */
  #ask(seat) {
    if (!this.#plain && this.#others.get(seat)) this.#send({ type: "secret", to: seat, sealed: "" });
  }

  /** A key of another's, or its question for ours. @param {{from: number, sealed: string}} message */
  receive({ from, sealed }) {
    if (!sealed) return this.#hand(from, this.#others.get(from) ?? "").catch(() => {});
    this.#unread.set(from, sealed);
    return this.#read(from);
  }

  #readAll() { for (const seat of [...this.#unread.keys()]) this.#read(seat); }

  /** What cannot be read is kept: who wrote it may be known with the next list of seats. @param {number} from */
  async #read(from) {
    const [published, sealed] = [this.#others.get(from), this.#unread.get(from)];
    if (!published || !sealed || !this.#identity) return;
    try {
      const key = await unwrap(this.#identity, published, sealed);
      if (this.#unread.get(from) === sealed) this.#unread.delete(from);
      this.#add(published, key);
    } catch {
      return;
    }
  }

  /** @param {string} published @param {BaseKey} key */
  #add(published, key) {
    if ([...this.#keys.values()].flat().some((known) => known.kid === key.kid)) return;
    this.#keys.set(published, [key, ...this.#keys.get(published) ?? []].slice(0, KEPT));
    const gone = [...this.#keys.keys()].filter((each) => ![...this.#others.values()].includes(each));
    for (const each of gone.slice(0, Math.max(0, this.#keys.size - PAGES))) this.#keys.delete(each);
    this.#use();
    this.#tell();
  }

  #use() {
    this.#cipher?.use({ own: this.#own, others: [...this.#keys.values()].flat(), plain: this.#plain });
  }

  async #tell() {
    const others = [...this.#others.values()];
    const waits = others.some((published) => !this.#keys.has(published));
    /** @type {"alone" | "agreeing" | "sealed" | "plain"} */
    const state = !others.length ? "alone" : this.#plain ? "plain" : waits ? "agreeing" : "sealed";
    const told = this.#told = { state, able: Boolean(this.#published), numbers: "" };
    if (state === "sealed") told.numbers = await numbers([this.#published, ...this.#others.values()]);
    if (told === this.#told) this.#changed(told);
  }

  /** Now and then: ask for keys that are missing, and do without where they do not come. */
  look() {
    if (this.#plain) return;
    const now = performance.now();
    for (const [seat, missing] of this.#missing) {
      if (this.#keys.has(this.#others.get(seat) ?? "")) Object.assign(missing, { since: now, asked: now });
      else if (now - missing.since > GIVE_UP) return this.#giveUp();
      else if (now - missing.asked > ASK_EVERY) {
        missing.asked = now;
        this.#ask(seat);
      }
    }
  }
}
