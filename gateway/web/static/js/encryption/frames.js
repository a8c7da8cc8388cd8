/*
 * A sealed frame as it stands among the octets of an encoded one. What packetisers and depacketisers read stays in
 * clear: the uncompressed header of VP8 (RFC 6386 §9.1) and H.264's parameter sets, NAL header and slice header.
 * Behind it stand the sealed rest and a mark by which a sealed frame is known.
 */
import { join } from "./sframe.js";

const MARK = Uint8Array.of(0x4c, 0x42, 0x45, 0x31); // its last octet is not zero: H.264 would lose it
const [VP8_KEY_FRAME, VP8_FRAME, SLICE] = [10, 3, 5]; // octets
const SLICES = [1, 5]; // NAL unit types

/** @param {Uint8Array} frame */
const isAnnexB = (frame) => !frame[0] && !frame[1] && (frame[2] === 1 || (!frame[2] && frame[3] === 1));

/** @param {Uint8Array} frame @returns {number} where its first slice begins, after the start code */
function firstSlice(frame) {
  for (let at = 0; at + 3 < frame.length; at += 1) {
    if (!frame[at] && !frame[at + 1] && frame[at + 2] === 1 && SLICES.includes(frame[at + 3] & 31)) return at + 3;
  }
  return frame.length;
}

/**
 * How many first octets stay in clear, from where on they are protected against changes, and whether the rest must
 * look like a NAL unit's. Parameter sets and start codes are rewritten on the way by browsers themselves.
 * @param {Uint8Array} frame @param {string} kind audio or video
 */
function shape(frame, kind) {
  if (kind === "audio") return { clear: 0, kept: 0, nal: false };
  if (!isAnnexB(frame)) return { clear: Math.min(frame.length, frame[0] & 1 ? VP8_FRAME : VP8_KEY_FRAME), kept: 0, nal: false };
  const kept = firstSlice(frame);
  return { clear: Math.min(frame.length, kept + SLICE), kept, nal: true };
}

/** @typedef {ReturnType<typeof shape>} Shape */

/** @param {Uint8Array<ArrayBuffer>} frame @param {string} kind */
export function split(frame, kind) {
  const form = shape(frame, kind);
  return { form, clear: frame.subarray(0, form.clear), beside: frame.subarray(form.kept, form.clear), rest: frame.subarray(form.clear) };
}

/** @param {{form: Shape, clear: Uint8Array}} parts @param {Uint8Array} sealed */
export function assemble({ form, clear }, sealed) {
  const marked = join(sealed, MARK);
  return join(clear, form.nal ? guarded(marked) : marked);
}

/** @param {Uint8Array} frame */
export const isSealed = (frame) => frame.length > MARK.length && MARK.every((octet, place) => frame[frame.length - MARK.length + place] === octet);

/** What was sealed, out of the rest of a frame. @param {{form: Shape, rest: Uint8Array<ArrayBuffer>}} parts */
export function sealedPart({ form, rest }) {
  const whole = form.nal ? unguarded(rest) : rest;
  return whole.subarray(0, whole.length - MARK.length);
}

/** No start code may appear inside a NAL unit (H.264 §7.4.1.1). @param {Uint8Array} octets */
function guarded(octets) {
  const out = [];
  let zeros = 0;
  for (const octet of octets) {
    if (zeros === 2 && octet <= 3) {
      out.push(3);
      zeros = 0;
    }
    out.push(octet);
    zeros = octet ? 0 : zeros + 1;
  }
  return Uint8Array.from(out);
}

/** @param {Uint8Array} octets */
function unguarded(octets) {
  let zeros = 0;
  return octets.filter((octet) => {
    const guard = zeros === 2 && octet === 3;
    zeros = guard || octet ? 0 : zeros + 1;
    return !guard;
  });
}
