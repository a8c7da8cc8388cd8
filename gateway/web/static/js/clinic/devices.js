// The doctor's camera and microphone, or as much of them as there is.

/**
 * @param {DOMStringMap} words @param {(text: string) => void} trouble says what is missing
 * @returns {Promise<MediaStream | null>}
 */
export async function openDevices(words, trouble) {
  for (const wish of [{ audio: true, video: { width: 1280, height: 720 } }, { audio: true }]) {
    try {
      const stream = await navigator.mediaDevices.getUserMedia(wish);
      if (!wish.video) trouble(words.saidNoCamera ?? "");
      return stream;
    } catch {
      continue; // no such device, or not allowed: the next best, and the page says which
    }
  }
  trouble(words.saidNoDevice ?? "");
  return null;
}

/** @param {HTMLVideoElement} video */
export function release(video) {
  const stream = /** @type {MediaStream | null} */ (video.srcObject);
  for (const track of stream?.getTracks() ?? []) track.stop();
  video.srcObject = null;
}
