/*
 * The page's half of a video call: joins a room on the media process, shows who is there, and comes back by itself.
 *
 * No dependencies. What travels on the socket is described in docs/adr/0003-video.md. The server always offers;
 * every offer is a new connection for the same seat, and the one before is used until the new one stands.
 */

import { Secrecy } from "../encryption/secrecy.js";
import { Connection, dropSocket, openSocket } from "./connection.js";
import { Quality } from "../call/quality.js";
import { Outgoing } from "../call/outgoing.js";

const LOOK_EVERY = 500; // ms
const RESTART_EVERY = 4000; // at most; a second connection takes that long on a bad line
const OFFER_WITHIN = 500; // on a socket that lives; else it is given up, and a new one asked
const LASTED = 4000; // a stay that did not fail at once
// Before each new try. A media process that is silent for 1.25 s is given up by the server when a page has lost it, too.
const PAUSES = [100, 500, 900, 1000, 2000];
/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * A stay in a room.
 *
 * Events: `state` (detail: connecting | connected | reconnecting | blocked | moved | ended), `seats` (detail: list of
 * {seat, role, connected, self, audio, video}), `remotetrack` (detail: {seat, role, stream}; again with a new stream
 * after each reconnection), `quality` (detail: {verdict, cause, roundTrip, loss, framesDecoded, soundCame, quiet}), `secrecy` (detail: see secrecy.js).
 */
export class MediaCall extends EventTarget {
  #fetchSeat;
  #node = ""; // the media process that we were sent to last
  #lost = ""; // and the one that we have lost
  #relay = false;
  #out;
  #state = "new";
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Connection | null} */
  #active = null; // the connection in use
  /** @type {Connection | null} */
  #coming = null; // the one being built
  /** @type {Seat[]} */
  #seats = [];
  movedTo = ""; // "device" or "window" once the state is `moved`
  #restartAt = 0;
  #leftAt = 0; // when the last socket ended; with the network or the server, media ends as well
  #looking = 0;
  #quality = new Quality();
  #secrecy = new Secrecy((message) => this.#send(message), (told) => this.#tell("secrecy", told), () => this.#restart());

  /**
   * `fetchSeat`: a fresh ticket and where to show it, or null when the call is over. It is told the media process that
   * was lost, so that both sides meet on another where that one is gone.
   * @param {{fetchSeat: (lost: string) => Promise<SeatTicket | null>, localStream?: MediaStream | null}} call
   */
  constructor({ fetchSeat, localStream = null }) {
    super();
    this.#fetchSeat = fetchSeat;
    this.#out = new Outgoing(localStream);
  }

  get state() { return this.#state; }
  get seats() { return this.#seats; }

  /** Sit down, and stay seated whatever happens to the network or the server. Returns at once. */
  join() {
    this.#become("connecting");
    this.#looking = setInterval(() => this.#look(), LOOK_EVERY);
    window.addEventListener("online", this.#networkChanged);
    this.#stay();
  }

  /** @param {Record<string, boolean>} kinds "audio" or "video" and whether it is off */
  setMuted(kinds) {
    this.#out.switch(kinds);
    this.#sendMuted();
  }

  /** @param {Set<string>} missing of "audio" and "video": the other side is told as if they were switched off */
  setMissing(missing) {
    this.#out.missing = missing;
    this.#sendMuted();
  }

  /** What the others are told of this side. @param {{hears: boolean, quality: string}} told */
  tell(told) { this.#send({ type: "tells", ...told }); }

  #sendMuted() { this.#send(this.#out.message); }

  /** Another camera or microphone, without a new connection. @param {MediaStream | null} stream */
  async replaceStream(stream) {
    this.#out.stream = stream;
    this.setMuted({});
    await this.#carry();
  }

  /** A screen or a window in place of the camera; null: the camera again. @param {MediaStreamTrack | null} track */
  async showScreen(track) {
    this.#out.screen = track;
    this.#sendMuted();
    await this.#carry();
  }

  async #carry() {
    for (const connection of [this.#active, this.#coming]) await connection?.carry(this.#out);
  }

  /** The seat is somebody's at another device, or in another window of this one. @param {string} to */
  #giveUp(to) {
    this.movedTo = to;
    this.#finish("moved");
  }

  leave() {
    this.#send({ type: "leave" });
    this.#finish("ended");
  }

  get #over() { return this.#state === "ended" || this.#state === "moved"; }

  /** @param {string} state */
  #become(state) {
    if (this.#state === state || this.#over) return;
    this.#state = state;
    this.#tell("state", state);
  }

  /** Nothing comes: "reconnecting", unless there never was a line, or the network is known to let none through. */
  #missLine() {
    if (this.#state !== "connecting" && this.#state !== "blocked") this.#become("reconnecting");
  }

  /** Signalling works, and media finds no way: it is tried again and again, and the page can say what else to do. */
  #missPath() {
    if (!this.#active || this.#active.silent) this.#become("blocked");
  }

  /** Try again at once. */
  again() {
    if (this.#socket) this.#dropSocket(this.#socket);
  }

  #tell(/** @type {string} */ name, /** @type {any} */ detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }

  /** @param {any} message */
  #send(message) {
    if (this.#socket && this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** @param {string} state */
  #finish(state) {
    this.#become(state);
    clearInterval(this.#looking);
    window.removeEventListener("online", this.#networkChanged);
    for (const connection of [this.#active, this.#coming]) if (connection) connection.close();
    this.#active = this.#coming = null;
    this.#secrecy.stop();
    if (this.#socket) this.#socket.close();
  }

  async #stay() {
    let tries = 0;
    while (!this.#over) {
      const began = performance.now();
      try {
        await this.#attend();
      } catch {
        // Neither ticket nor socket to be had just now; the loop is the remedy, and `state` tells the page.
      }
      if (this.#over) return;
      this.#lost = this.#node;
      if (!this.#active || this.#active.silent) this.#missLine();
      tries = performance.now() - began > LASTED ? 0 : Math.min(tries + 1, PAUSES.length - 1);
      await sleep(PAUSES[tries]);
    }
  }

  /** One socket from its opening to its end. */
  async #attend() {
    const seat = await this.#fetchSeat(this.#lost);
    if (this.#over) return;
    if (!seat?.ticket) { this.#finish("ended"); return; }
    this.#node = seat.node;
    this.#relay = seat.relay ?? false;
    const [published, socket] = await Promise.all([this.#secrecy.join(), openSocket(seat.signal_url)]);
    if (this.#over) { socket.close(); return; }
    this.#socket = socket;
    socket.addEventListener("message", (/** @type {MessageEvent} */ event) => this.#follow(socket, JSON.parse(event.data)));
    const resume = this.#active !== null && await this.#active.heardSince(this.#leftAt);
    this.#send({ type: "join", ticket: seat.ticket, resume, public: published });
    this.#sendMuted();
    await socket.closed;
    this.#leftAt = performance.now();
    if (this.#socket === socket) this.#socket = null;
  }

  /** @param {WebSocket} socket @param {any} message */
  #follow(socket, message) {
    if (socket !== this.#socket || this.#over) return;
    /** @type {Record<string, () => unknown>} */
    const verbs = {
      offer: () => this.#build(socket, message),
      seats: () => this.#show(message.seats),
      secret: () => this.#secrecy.receive(message),
      lost: () => this.#restart(),
      blocked: () => this.#missPath(),
      moved: () => this.#giveUp("device"),
      replaced: () => this.#giveUp("window"),
      refused: () => {
        if (message.reason === "superseded") this.#giveUp("device");
        if (message.reason === "sent-away") this.#finish("ended"); // the login is over
      },
    };
    verbs[message.type]?.();
  }

  /** @param {WebSocket} socket @param {{sdp: string, ice_servers: RTCIceServer[]}} offer */
  async #build(socket, { sdp, ice_servers: iceServers }) {
    if (this.#coming) this.#coming.close();
    const connection = this.#coming = new Connection(iceServers, this.#relay, this.#secrecy);
    const answer = await connection.answer(sdp, this.#out);
    if (this.#coming !== connection || socket.readyState !== WebSocket.OPEN) return;
    this.#send({ type: "answer", sdp: answer });
    const stands = await connection.connected();
    if (this.#coming !== connection) return;
    this.#coming = null;
    if (stands) this.#use(connection);
    else {
      if (socket.readyState === WebSocket.OPEN) this.#missPath();
      connection.close();
      socket.close();
    }
  }

  /** @param {Connection} connection */
  #use(connection) {
    const former = this.#active;
    this.#active = connection;
    this.#quality = new Quality();
    connection.heardAt = performance.now();
    if (former) former.close();
    connection.pc.addEventListener("connectionstatechange", () => {
      if (connection === this.#active && connection.pc.connectionState === "failed") this.#restart();
    });
    this.#become("connected");
    this.#announce();
  }

  /** @param {Seat[]} seats */
  #show(seats) {
    this.#seats = seats;
    this.#secrecy.follow(seats);
    this.#tell("seats", seats);
    this.#announce();
  }

  /** Tell the page about every stream it has not been told about. */
  #announce() {
    const connection = this.#active;
    if (!connection) return;
    for (const { seat, role, self, mids } of this.#seats) {
      const stream = self || !mids ? null : connection.unannounced(seat, mids);
      if (stream) this.#tell("remotetrack", { seat, role, stream });
    }
  }

  #networkChanged = () => this.#restart();

  /** Ask for a second connection on the same seat; when no offer comes the socket is dead too. */
  #restart() {
    const now = performance.now();
    if (this.#over || this.#coming || !this.#socket || now - this.#restartAt < RESTART_EVERY) return;
    this.#restartAt = now;
    const socket = this.#socket;
    this.#send({ type: "restart" });
    sleep(OFFER_WITHIN).then(() => {
      if (this.#socket === socket && !this.#coming && (!this.#active || this.#active.quiet)) this.#dropSocket(socket);
    });
  }

  /** @param {WebSocket} socket */
  #dropSocket(socket) {
    this.#socket = null;
    dropSocket(socket);
  }

  async #look() {
    const connection = this.#active;
    if (!connection) return;
    let figures;
    try { figures = await connection.look(); } catch { return; } // closed while we looked
    if (connection !== this.#active || this.#over) return;
    if (this.#socket) this.#secrecy.look();
    if (connection.quiet) this.#restart();
    if (connection.silent) this.#missLine();
    else this.#become("connected");
    const judged = this.#quality.judge(connection, figures);
    if (judged) this.#tell("quality", judged);
  }
}
