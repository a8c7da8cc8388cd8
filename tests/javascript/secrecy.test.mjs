// Who can read whose frames as people come, go and load their pages anew: real keys and ciphers, a courier that passes on.
import assert from "node:assert/strict";
import { test } from "node:test";

const at = "../../gateway/web/static/js/encryption";
const { Vault } = await import(`${at}/vault.js`);

/** Runs what worker.js runs, in this thread. */
class Thread extends EventTarget {
  constructor() {
    super();
    this.vault = new Vault((what) => this.tell(what));
    Thread.newest = this;
    setTimeout(() => this.tell("ready"));
  }
  tell(data) { this.dispatchEvent(Object.assign(new Event("message"), { data })); }
  postMessage(state) { this.vault.use(state); }
  terminate() {}
}
Object.assign(globalThis, { RTCRtpScriptTransform: class {}, Worker: Thread });
const { readHeader } = await import(`${at}/sframe.js`);
const { Secrecy } = await import(`${at}/secrecy.js`);

/** Waits until it is so. @param {() => unknown} what */
async function comes(what) {
  for (let turn = 0; turn < 500; turn += 1) {
    if (await what()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail(`never: ${what}`);
}
const FRAME = Uint8Array.of(0x31, 2, 0, ...new Uint8Array(99).fill(7));

/** A room with its courier, which keeps all it carries. */
class Room {
  people = new Map();
  carried = [];

  async enter(seat, { able = true } = {}) {
    const person = { seat, told: null, said: [] };
    person.secrecy = new Secrecy((message) => this.take(person, message), (told) => { person.told = told; }, () => {});
    const key = await person.secrecy.join();
    person.vault = Thread.newest.vault;
    person.public = able ? key : "";
    this.people.set(seat, person);
    this.show();
    return person;
  }
  leave(seat) {
    this.people.delete(seat);
    this.show();
  }
  take(person, message) {
    person.said.push(message.type);
    if (message.type === "plain") { person.public = ""; this.show(); }
    if (message.type !== "secret") return;
    this.carried.push(message);
    this.people.get(message.to)?.secrecy.receive({ from: person.seat, sealed: message.sealed });
  }
  show() {
    for (const person of this.people.values()) person.secrecy.follow([...this.people.values()].map((each) => ({ seat: each.seat, self: each === person, public: each.public, connected: true })));
  }
}
const opens = async (frame, person) => frame !== null && (await person.vault.open(frame, person.vault.incoming("video")))?.join() === FRAME.join();
const sends = (person) => person.vault.seal(FRAME, "video");
const keyOf = (frame) => readHeader(frame.subarray(3)).kid;
const say = (state, ...people) => comes(() => people.every(({ told }) => told?.state === state && told.numbers === people[0].told.numbers));
const hear = (from, ...others) => comes(async () => (await Promise.all(others.map(async (each) => opens(await sends(from), each)))).every(Boolean));

test("two read each other, show the same numbers, and hand each other nothing that could be read on the way", async () => {
  const room = new Room();
  const [clinic, home] = [await room.enter("clinic"), await room.enter("home")];
  await say("sealed", clinic, home);
  await hear(clinic, home);
  await hear(home, clinic);
  assert.ok(room.carried.length >= 2 && room.carried.every(({ sealed }) => sealed === "" || sealed.length === 86));
});

test("who comes cannot read what was before, and who has left cannot read on", async () => {
  const room = new Room();
  const [clinic, home] = [await room.enter("clinic"), await room.enter("home")];
  await hear(clinic, home);
  const before = await sends(clinic);
  const guest = await room.enter("guest");
  await hear(clinic, guest, home);
  await hear(guest, clinic, home);
  assert.equal(await opens(before, guest), false);
  assert.ok(await opens(before, home), "a frame on its way is not lost by the renewal");
  const during = keyOf(await sends(clinic));
  room.leave("guest");
  await comes(async () => keyOf(await sends(clinic)) !== during);
  const after = await sends(clinic);
  assert.equal(await opens(after, guest), false);
  assert.ok(await opens(after, home));
});

test("a page that is loaded anew agrees on new keys, and the page before reads no more", async () => {
  const room = new Room();
  const [clinic, former] = [await room.enter("clinic"), await room.enter("home")];
  await say("sealed", clinic, former);
  const { numbers } = clinic.told;
  const home = await room.enter("home");
  await hear(clinic, home);
  await hear(home, clinic);
  assert.equal(await opens(await sends(clinic), former), false);
  await say("sealed", clinic, home);
  assert.notEqual(clinic.told.numbers, numbers);
});

test("who is alone for a moment, while everybody moves to another media process, still reads the others", async () => {
  const room = new Room();
  const [clinic, home] = [await room.enter("clinic"), await room.enter("home")];
  await hear(home, clinic);
  const key = keyOf(await sends(home));
  for (const person of [clinic, home]) {
    await person.secrecy.join();
    person.secrecy.follow([{ seat: person.seat, self: true, public: person.public, connected: true }]);
  }
  assert.ok(await opens(await sends(home), clinic));
  room.show();
  await say("sealed", clinic, home);
  assert.equal(keyOf(await sends(home)), key, "the same people need no other key");
  assert.ok(await opens(await sends(home), clinic) && await opens(await sends(clinic), home));
});

test("a courier that puts keys of its own in between is seen in the numbers", async () => {
  const [left, right] = [new Room(), new Room()]; // the courier sits in both, as the other
  const [clinic, home] = [await left.enter("clinic"), await right.enter("home")];
  await say("sealed", clinic, await left.enter("home"));
  await say("sealed", home, await right.enter("clinic"));
  assert.notEqual(clinic.told.numbers, home.told.numbers);
});

test("with one who cannot, everybody sends in clear and says so; without her they seal again", async () => {
  const room = new Room();
  const [clinic, home] = [await room.enter("clinic"), await room.enter("home")];
  await say("sealed", clinic, home);
  await room.enter("guest", { able: false });
  await say("plain", clinic, home);
  await comes(async () => (await sends(clinic)).join() === FRAME.join());
  assert.ok(clinic.told.able && clinic.said.includes("whole"));
  room.leave("guest");
  await say("sealed", clinic, home);
  await comes(async () => (await sends(clinic)).join() !== FRAME.join());
  await hear(clinic, home);
});

test("what the courier lost is asked for, and where it never comes the call goes on in clear", async (t) => {
  const room = new Room();
  const take = room.take.bind(room);
  let lost = true;
  room.take = (person, message) => { if (!(lost && message.type === "secret")) take(person, message); };
  const [clinic, home] = [await room.enter("clinic"), await room.enter("home")];
  await say("agreeing", clinic, home);
  const began = performance.now();
  const clock = t.mock.method(performance, "now", () => began + 2000);
  lost = false;
  for (const person of [clinic, home]) person.secrecy.look();
  await say("sealed", clinic, home);

  lost = true;
  const guest = await room.enter("guest");
  await say("agreeing", guest, clinic);
  clock.mock.mockImplementation(() => began + 9000);
  guest.secrecy.look();
  await say("plain", clinic, home, guest);
  assert.deepEqual([clinic.told.able, guest.told.able], [true, false]);
});
