/*
 * The page's side of the worker that seals and opens frames: started once for a call, put between codec and network
 * wherever a connection sends or receives.
 */

const STARTS_WITHIN = 3000; // ms
const SCRIPTED = "RTCRtpScriptTransform" in globalThis;
const STREAMED = !SCRIPTED && "createEncodedStreams" in (globalThis.RTCRtpSender?.prototype ?? {}); // Chromium before 141

/** What a connection is made with so that its frames can be reached. */
export const OPTIONS = STREAMED ? { encodedInsertableStreams: true } : {};

const boot = () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
// Fetched with the page: when the call begins, the build that the page is of may be gone from the server.
let spare = SCRIPTED || STREAMED ? started(boot) : null;

/** The worker once it says that it is ready. @param {() => Worker} make @returns {Promise<Worker | null>} */
async function started(make) {
  /** @type {Worker | null} */
  let worker = null;
  try {
    const made = worker = make();
    await new Promise((resolve, reject) => {
      made.addEventListener("message", resolve, { once: true });
      made.addEventListener("error", reject, { once: true });
      setTimeout(reject, STARTS_WITHIN);
    });
    return worker;
  } catch {
    worker?.terminate();
    return null; // told as "cannot": the call goes on without it
  }
}

/** Resolves to null where this browser cannot. @param {(what: "whole" | "failing") => void} report @returns {Promise<Cipher | null>} */
export async function startCipher(report) {
  if (!SCRIPTED && !STREAMED) return null;
  const worker = await spare ?? await started(boot);
  spare = null;
  if (!worker) return null;
  worker.addEventListener("message", ({ data }) => report(data));
  worker.addEventListener("error", () => report("failing"));
  return new Cipher(worker);
}

export class Cipher {
  #worker;
  /** @param {Worker} worker */
  constructor(worker) { this.#worker = worker; }

  /** @param {{own: import("./vault.js").BaseKey | null, others: import("./vault.js").BaseKey[], plain: boolean}} state */
  use(state) { this.#worker.postMessage(state); }

  /** Every sender and receiver of a connection, before it is answered. @param {RTCPeerConnection} pc */
  attach(pc) {
    for (const { direction, sender, receiver } of pc.getTransceivers()) {
      const [end, way] = direction === "sendonly" ? [sender, "up"] : [receiver, "down"];
      this.#put(end, { way, kind: receiver.track.kind });
    }
  }

  /** @param {any} end a sender or receiver @param {{way: string, kind: string}} options */
  #put(end, options) {
    if (SCRIPTED) {
      end.transform = new RTCRtpScriptTransform(this.#worker, options);
      return;
    }
    const { readable, writable } = end.createEncodedStreams();
    this.#worker.postMessage({ readable, writable, ...options }, [readable, writable]);
  }

  stop() { this.#worker.terminate(); }
}
