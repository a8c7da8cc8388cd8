/*
 * One connection to the media process: the socket it is agreed on, and the peer connection made from one offer.
 */

const QUIET_AFTER = 800; // ms without an octet: try another way
const SILENT_AFTER = 2000; // and say so (within 3 s)
const CONNECT_WITHIN = 8000;
const KINDS = /** @type {const} */ (["audio", "video"]);

/** A socket on which messages can be awaited in turn; `closed` resolves when it ends. @param {string} url */
export function openSocket(url) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    const giveUp = setTimeout(() => socket.close(), CONNECT_WITHIN);
    socket.closed = new Promise((done) => socket.addEventListener("close", done));
    socket.addEventListener("open", () => { clearTimeout(giveUp); resolve(socket); });
    socket.closed.then(() => { clearTimeout(giveUp); reject(new Error("signalling cannot be reached")); });
  });
}

/** @typedef {{readonly tracks: Record<string, MediaStreamTrack | null>}} Sending */

/** A socket on a vanished network may take minutes to close: nobody waits for it any longer. @param {WebSocket} socket */
export function dropSocket(socket) {
  socket.close();
  socket.dispatchEvent(new CloseEvent("close"));
}

/** One peer connection made from one offer of the server. */
export class Connection {
  /**
   * @param {RTCIceServer[]} iceServers @param {boolean} [relay] through the relay and no other way
   * @param {import("../encryption/secrecy.js").Secrecy} [secrecy] what seals its frames; the check of the way has none
   */
  constructor(iceServers, relay = false, secrecy = undefined) {
    this.secrecy = secrecy;
    this.pc = new RTCPeerConnection({ iceServers, bundlePolicy: "max-bundle", iceTransportPolicy: relay ? "relay" : "all", ...secrecy?.options });
    /** @type {Partial<Record<"audio" | "video", RTCRtpSender>>} */
    this.senders = {};
    this.tracks = new Map(); // mid → the track that arrives there
    this.announced = new Map(); // seat → mids it was announced with
    this.octets = 0;
    this.heardAt = performance.now();
    this.pc.addEventListener("track", ({ transceiver, track }) => this.tracks.set(transceiver.mid, track));
  }

  /**
   * Take the offer, put our own tracks on its first two sections, and return the answer's SDP.
   * @param {string} sdp @param {Sending} out
   */
  async answer(sdp, out) {
    await this.pc.setRemoteDescription({ type: "offer", sdp });
    for (const kind of KINDS) {
      const own = this.pc.getTransceivers().find((t) => t.receiver.track.kind === kind);
      if (!own) continue;
      own.direction = "sendonly";
      this.senders[kind] = own.sender;
    }
    this.secrecy?.attach(this.pc);
    await this.carry(out);
    // Our candidates need not be in it: the server learns our addresses from our own checks.
    await this.pc.setLocalDescription(await this.pc.createAnswer());
    return this.pc.localDescription?.sdp ?? "";
  }

  /** What is to be sent, as it is at each step: it may change while the connection is made. @param {Sending} out */
  async carry(out) {
    for (const kind of KINDS) await this.senders[kind]?.replaceTrack(out.tracks[kind]);
  }

  /**
   * A seat's stream, unless the page has been told of it; later again where it comes on other sections.
   * @param {number} seat @param {{audio: string, video: string}} mids
   */
  unannounced(seat, mids) {
    if (this.announced.get(seat) === mids.video) return null;
    this.announced.set(seat, mids.video);
    return new MediaStream([mids.audio, mids.video].map((mid) => this.tracks.get(mid)).filter(Boolean));
  }

  connected(within = CONNECT_WITHIN) {
    return new Promise((resolve) => {
      const settle = () => {
        const state = this.pc.connectionState;
        if (state === "connected") resolve(true);
        else if (state === "failed" || state === "closed") resolve(false);
      };
      this.pc.addEventListener("connectionstatechange", settle);
      setTimeout(() => resolve(false), within);
      settle();
    });
  }

  /** Read the counters; notes when the last octet came in. Media says more than ICE, which takes 30 s to give up. */
  async look() {
    /** @type {Figures} */
    const figures = { received: 0, lost: 0, framesDecoded: 0, audioReceived: 0, energy: 0, limited: "", up: Infinity, sent: 0, octets: 0, roundTrip: null, relayed: false };
    const report = await this.pc.getStats();
    report.forEach((entry) => {
      if (entry.type === "transport") this.#note(entry, report, figures);
      if (entry.type === "media-source" && entry.kind === "audio") figures.energy = entry.totalAudioEnergy ?? NaN;
      if (entry.type === "outbound-rtp" && entry.kind === "video") figures.limited = entry.qualityLimitationReason ?? "";
      if (entry.type !== "inbound-rtp") return;
      if (entry.kind === "audio") figures.audioReceived += entry.packetsReceived || 0;
      figures.received += entry.packetsReceived || 0;
      figures.lost += Math.max(0, entry.packetsLost || 0);
      figures.framesDecoded += entry.framesDecoded || 0;
    });
    return figures;
  }

  /** @param {any} transport @param {RTCStatsReport} report @param {Figures} figures */
  #note(transport, report, figures) {
    if (transport.bytesReceived > this.octets) {
      this.octets = transport.bytesReceived;
      this.heardAt = performance.now();
    }
    figures.sent = transport.bytesSent;
    figures.octets = transport.bytesReceived;
    const pair = report.get(transport.selectedCandidatePairId);
    if (!pair) return;
    figures.up = pair.availableOutgoingBitrate ?? Infinity;
    figures.roundTrip = pair.currentRoundTripTime ?? null;
    figures.relayed = report.get(pair.localCandidateId)?.candidateType === "relay";
  }

  /** Whether an octet has come since `moment`, of `performance.now()`. */
  async heardSince(/** @type {number} */ moment) {
    await this.look().catch(() => null); // closed meanwhile: nothing comes
    return !this.quiet && this.heardAt > moment;
  }

  get quiet() { return performance.now() - this.heardAt > QUIET_AFTER; }

  get silent() { return performance.now() - this.heardAt > SILENT_AFTER; }

  close() { this.pc.close(); }
}
