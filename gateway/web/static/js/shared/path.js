// The device check's question to the media process: is there a way for picture and sound, by which, and how good is it?
import { Outgoing } from "../call/outgoing.js";
import { Connection, openSocket } from "./connection.js";

const MEASURED_FOR = 4000; // ms
const RELAY_WITHIN = 5000;
const LITTLE = 400_000; // bit/s: less is a small or halting picture
const KEPT = 0.7;
const MUCH_LOSS = 0.05;
const LONG = 0.4; // s

/**
 * How this device reaches the media process: a connection that gets its own picture and sound back, and each relay.
 *
 * Resolves to {signalling, media, roundTrip (s or null), relayed, up (what the way may take), sent and down (what it carried; bit/s), loss, relays (by protocol)}. Without
 * `fetchTicket` only the socket is tried and `media` is null. Never rejects.
 * @param {string} signalUrl @param {(() => Promise<string | null>) | null} fetchTicket @param {MediaStream | null} stream
 */
export async function checkPath(signalUrl, fetchTicket = null, stream = null) {
  /** @type {Path} */
  const result = { signalling: false, media: null, roundTrip: null, relayed: false, up: null, down: null, sent: null, loss: null, relays: {} };
  /** @type {WebSocket | null} */
  let socket = null;
  try {
    const ticket = fetchTicket ? await fetchTicket() : null;
    const opened = socket = await openSocket(signalUrl);
    result.signalling = true;
    if (ticket) await tryMedia(opened, ticket, stream, result);
  } catch {
    if (fetchTicket && result.signalling) result.media = false;
  } finally {
    if (socket) socket.close();
  }
  return result;
}

/** Whether a call over this way would be a poor one. @param {Path} path */
export function isWeak({ up, down, sent, loss, roundTrip }) {
  const held = (down ?? Infinity) < Math.min(LITTLE, KEPT * (sent ?? 0)); // less came back than was sent
  return (up ?? Infinity) < LITTLE || held || (loss ?? 0) > MUCH_LOSS || (roundTrip ?? 0) > LONG;
}

/** @param {WebSocket} socket @param {string} ticket @param {MediaStream | null} stream @param {Path} result */
async function tryMedia(socket, ticket, stream, result) {
  const offer = new Promise((resolve, reject) => {
    socket.addEventListener("message", (/** @type {MessageEvent} */ event) => {
      const message = JSON.parse(event.data);
      if (message.type === "offer") resolve(message);
      if (message.type === "refused") reject(new Error(message.reason));
    });
    socket.closed.then(() => reject(new Error("closed")));
  });
  socket.send(JSON.stringify({ type: "probe", ticket }));
  const { sdp, ice_servers: iceServers } = await offer;
  const connection = new Connection(iceServers);
  try {
    socket.send(JSON.stringify({ type: "answer", sdp: await connection.answer(sdp, new Outgoing(stream)) }));
    const relays = tryRelays(iceServers);
    result.media = await connection.connected();
    if (result.media && stream) await measure(connection, result);
    const { roundTrip, relayed } = await connection.look();
    Object.assign(result, { roundTrip, relayed, relays: await relays });
  } finally {
    connection.close();
  }
}

/** What the second half of some seconds carried: by then the browser has felt its way up. @param {Connection} connection @param {Path} result */
async function measure(connection, result) {
  const wait = () => new Promise((resolve) => setTimeout(resolve, MEASURED_FOR / 2));
  await wait();
  const before = await connection.look();
  const at = performance.now();
  await wait();
  const after = await connection.look();
  const rate = (/** @type {number} */ octets) => Math.round(octets * 8000 / (performance.now() - at));
  const received = after.received - before.received, lost = Math.max(0, after.lost - before.lost);
  result.sent = rate(after.sent - before.sent);
  result.up = Number.isFinite(after.up) ? after.up : result.sent;
  result.down = rate(after.octets - before.octets);
  result.loss = received + lost ? lost / (received + lost) : 1;
}

/**
 * Which relays give this device an address; each is asked by itself.
 * @param {RTCIceServer[]} iceServers @returns {Promise<Record<string, boolean>>} by "udp", "tcp" and "tls"
 */
async function tryRelays(iceServers) {
  const each = iceServers.flatMap((server) => [server.urls].flat().map((url) => ({ ...server, urls: url })));
  const relays = each.filter(({ urls }) => /^turns?:/.test(urls));
  const found = await Promise.all(relays.map(async (server) => /** @type {const} */ ([protocol(server.urls), await allocates(server)])));
  return Object.fromEntries(found);
}

/** @param {string} url */
const protocol = (url) => url.startsWith("turns:") ? "tls" : url.endsWith("transport=tcp") ? "tcp" : "udp";

/** @param {RTCIceServer} server @returns {Promise<boolean>} */
async function allocates(server) {
  const pc = new RTCPeerConnection({ iceServers: [server], iceTransportPolicy: "relay" });
  try {
    pc.createDataChannel("");
    const answered = new Promise((resolve) => {
      pc.addEventListener("icecandidate", ({ candidate }) => { if (candidate?.type === "relay") resolve(true); });
      setTimeout(() => resolve(false), RELAY_WITHIN);
    });
    await pc.setLocalDescription();
    return await answered;
  } finally {
    pc.close();
  }
}
