// A still of one's own camera: drawn on a canvas, which carries no metadata, and without what a browser adds to it.

const QUALITIES = [0.92, 0.8, 0.65, 0.5, 0.35];
const [START, END, SCAN, JFIF, COMMENT] = [0xd8, 0xd9, 0xda, 0xe0, 0xfe];
const PLAIN_JFIF = 16; // its length without a thumbnail

/** What the video shows now, as large as the camera gives it; less sharp where it would be above `most` bytes. @param {HTMLVideoElement} video @param {number} most */
export async function stillOf(video, most) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: video.videoWidth, height: video.videoHeight });
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).drawImage(video, 0, 0);
  for (const quality of QUALITIES) {
    const blob = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", quality); });
    const jpeg = bare(new Uint8Array(await /** @type {Blob} */ (blob).arrayBuffer()));
    if (jpeg.length <= most) return jpeg;
  }
  throw new Error("too large");
}

/**
 * The JPEG without comments, Exif, colour profiles and whatever else an application writes beside the picture; a plain
 * JFIF header stays. Nothing but the segments before the first scan is looked at.
 * @param {Uint8Array} jpeg
 */
export function bare(jpeg) {
  const kept = [jpeg.subarray(0, 2)];
  let at = 2;
  while (jpeg[at] === 0xff && ![SCAN, END, START].includes(jpeg[at + 1])) {
    const length = (jpeg[at + 2] << 8) | jpeg[at + 3];
    const whole = jpeg.subarray(at, at + 2 + length);
    if (!isMetadata(jpeg[at + 1], length, at)) kept.push(whole);
    at += 2 + length;
  }
  kept.push(jpeg.subarray(at));
  const bytes = new Uint8Array(kept.reduce((sum, part) => sum + part.length, 0));
  kept.reduce((start, part) => { bytes.set(part, start); return start + part.length; }, 0);
  return bytes;
}

/** @param {number} marker @param {number} length @param {number} at */
function isMetadata(marker, length, at) {
  if (marker === JFIF) return at !== 2 || length !== PLAIN_JFIF;
  return (marker > JFIF && marker <= 0xef) || marker === COMMENT;
}

/** @param {Uint8Array} bytes */
export function asBase64(bytes) {
  const pieces = [];
  for (let at = 0; at < bytes.length; at += 0x8000) pieces.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  return btoa(pieces.join(""));
}
