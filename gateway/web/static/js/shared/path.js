// The device check's question to the media process: is there a way for picture and sound?
import { Connection, openSocket } from "./connection.js";

/**
 * Can this device reach the media server? Opens a connection that carries nothing and needs no room.
 *
 * Resolves to {signalling, media, roundTrip (s or null), relayed}. Without `fetchTicket` only the socket is tried
 * and `media` is null. Never rejects.
 * @param {string} signalUrl @param {(() => Promise<string | null>) | null} fetchTicket
 */
export async function checkPath(signalUrl, fetchTicket = null) {
  /** @type {{signalling: boolean, media: boolean | null, roundTrip: number | null, relayed: boolean}} */
  const result = { signalling: false, media: null, roundTrip: null, relayed: false };
  /** @type {WebSocket | null} */
  let socket = null;
  try {
    const ticket = fetchTicket ? await fetchTicket() : null;
    const opened = socket = await openSocket(signalUrl);
    result.signalling = true;
    if (ticket) Object.assign(result, await tryMedia(opened, ticket));
  } catch {
    if (fetchTicket && result.signalling) result.media = false;
  } finally {
    if (socket) socket.close();
  }
  return result;
}

/** @param {WebSocket} socket @param {string} ticket */
async function tryMedia(socket, ticket) {
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
    socket.send(JSON.stringify({ type: "answer", sdp: await connection.answer(sdp, null) }));
    const media = await connection.connected();
    const { roundTrip, relayed } = await connection.look();
    return { media, roundTrip, relayed };
  } finally {
    connection.close();
  }
}
