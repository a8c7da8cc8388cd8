// Sound without files: short tones made here, so that nothing has to be fetched when the doctor rings.
/** @type {AudioContext | null} */
let context = null;

/** Play frequencies one after another; false when the browser holds the sound back. @param {number[]} frequencies */
export async function tone(frequencies, each = 0.18) {
  const sounding = context ??= new AudioContext();
  if (sounding.state !== "running") await Promise.race([sounding.resume(), new Promise((done) => setTimeout(done, 300))]);
  if (sounding.state !== "running") return false;
  frequencies.forEach((/** @type {number} */ frequency, /** @type {number} */ i) => {
    const from = sounding.currentTime + i * each;
    const voice = sounding.createOscillator();
    const volume = sounding.createGain();
    voice.frequency.value = frequency;
    volume.gain.setValueAtTime(0.0001, from);
    volume.gain.exponentialRampToValueAtTime(0.4, from + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.0001, from + each);
    voice.connect(volume).connect(sounding.destination);
    voice.start(from);
    voice.stop(from + each);
  });
  return true;
}
