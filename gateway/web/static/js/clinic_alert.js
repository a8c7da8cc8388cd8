// Says that somebody waits: a sound now and every two minutes until seen, and the count in the title (users.md C04).
const AGAIN = 120000;
const LONGEST_MUTE = 60 * 60000;

const own = { context: null, unseen: 0, soundedAt: 0, mutedUntil: 0 };

const part = (id) => document.getElementById(id);

/** Take note of the newest numbers. */
export function tell({ waiting, unseen }) {
  document.title = (waiting ? `(${waiting}) ` : "") + part("main").dataset.title;
  if (unseen > own.unseen) own.soundedAt = 0;
  own.unseen = unseen;
  remind();
}

function remind() {
  if (!own.unseen || Date.now() < own.mutedUntil || Date.now() - own.soundedAt < AGAIN) return;
  own.soundedAt = Date.now();
  sound();
}

/** Two soft notes; where the browser wants a gesture first, a line on the page says so. */
function sound() {
  own.context ??= new AudioContext();
  part("sound-off").hidden = own.context.state === "running";
  if (own.context.state !== "running") return own.context.resume().then(settled, () => {});
  [660, 880].forEach((pitch, number) => note(pitch, own.context.currentTime + number * 0.22));
  return null;
}

function settled() {
  part("sound-off").hidden = own.context.state === "running";
  if (own.context.state === "running" && own.unseen) { own.soundedAt = 0; remind(); }
}

function note(pitch, at) {
  const tone = own.context.createOscillator();
  const level = own.context.createGain();
  tone.frequency.value = pitch;
  level.gain.setValueAtTime(0.0001, at);
  level.gain.exponentialRampToValueAtTime(0.25, at + 0.03);
  level.gain.exponentialRampToValueAtTime(0.0001, at + 0.4);
  tone.connect(level).connect(own.context.destination);
  tone.start(at);
  tone.stop(at + 0.45);
}

function mute() {
  const on = Date.now() >= own.mutedUntil;
  own.mutedUntil = on ? Date.now() + LONGEST_MUTE : 0;
  own.soundedAt = 0;
  part("mute").setAttribute("aria-pressed", String(on));
  part("muted").hidden = !on;
  const until = new Intl.DateTimeFormat("da-DK", { hour: "numeric", minute: "2-digit" }).format(own.mutedUntil);
  part("muted").textContent = on ? `${part("main").dataset.saidMuted} ${until}` : "";
}

export function install() {
  part("mute").addEventListener("click", mute);
  part("sound-on").addEventListener("click", sound);
  setInterval(() => {
    if (own.mutedUntil && Date.now() >= own.mutedUntil) mute();
    remind();
  }, 1000);
}
