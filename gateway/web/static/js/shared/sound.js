// Sound without files: short tones made here, so that nothing has to be fetched when the doctor rings.
let context = null;

/** Play frequencies one after another; false when the browser holds the sound back. */
export async function tone(frequencies, each = 0.18) {
  context ??= new AudioContext();
  if (context.state !== "running") await Promise.race([context.resume(), new Promise((done) => setTimeout(done, 300))]);
  if (context.state !== "running") return false;
  frequencies.forEach((frequency, i) => {
    const from = context.currentTime + i * each;
    const voice = context.createOscillator();
    const volume = context.createGain();
    voice.frequency.value = frequency;
    volume.gain.setValueAtTime(0.0001, from);
    volume.gain.exponentialRampToValueAtTime(0.4, from + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.0001, from + each);
    voice.connect(volume).connect(context.destination);
    voice.start(from);
    voice.stop(from + each);
  });
  return true;
}
