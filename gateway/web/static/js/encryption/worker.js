// The worker through which every frame of the call passes. The page tells it the keys; what it reports is in vault.js.
import { Vault } from "./vault.js";

const vault = new Vault((what) => postMessage(what));

/** @param {ReadableStream} readable @param {WritableStream} writable @param {{way: string, kind: string}} options */
function carry(readable, writable, { way, kind }) {
  const stream = vault.incoming(kind);
  const turn = new TransformStream({
    async transform(frame, controller) {
      const data = new Uint8Array(frame.data);
      const turned = await (way === "up" ? vault.seal(data, kind) : vault.open(data, stream));
      if (!turned) return;
      frame.data = turned.buffer;
      controller.enqueue(frame);
    },
  });
  readable.pipeThrough(turn).pipeTo(writable).catch(() => {}); // the connection is closed
}

addEventListener("rtctransform", (/** @type {any} */ { transformer }) => carry(transformer.readable, transformer.writable, transformer.options));
addEventListener("message", ({ data }) => data.readable ? carry(data.readable, data.writable, data) : vault.use(data));
postMessage("ready");
