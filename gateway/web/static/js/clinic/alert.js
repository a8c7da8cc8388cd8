// Says that somebody waits: a sound now and every two minutes until seen, and the count in the title (requirements.md C04).
const AGAIN = 120000;
const LONGEST_MUTE = 60 * 60000;

/** @type {{context: AudioContext | null, unseen: number, soundedAt: number, mutedUntil: number}} */
const own = { context: null, unseen: 0, soundedAt: 0, mutedUntil: 0 };

/** @param {string} id */
const part = (id) => document.getElementById(id);

/** Take note of the newest numbers. @param {{waiting: number, unseen: number}} news */
export function tell({ waiting, unseen }) {
  document.title = (waiting ? `(${waiting}) ` : "") + part("main").dataset.title;
  if (unseen > own.unseen) { own.soundedAt = 0; notify(waiting); }
  own.unseen = unseen;
  part("main").dataset.unseen = unseen;
  remind();
}

/** A word on the screen of whoever works in another window; how many, never who. @param {number} waiting */
function notify(waiting) {
  if (!("Notification" in window) || Notification.permission !== "granted" || Date.now() < own.mutedUntil) return;
  if (document.visibilityState === "visible" && document.hasFocus()) return;
  const { noticeOne, noticeMany } = part("main").dataset;
  const shown = new Notification(waiting === 1 ? noticeOne : `${waiting} ${noticeMany}`, { tag: "laegebro-waiting" });
  shown.addEventListener("click", () => { window.focus(); shown.close(); });
}

async function askToNotify() {
  await Notification.requestPermission();
  offerNotices();
}

function offerNotices() {
  part("notify").hidden = !("Notification" in window) || Notification.permission !== "default";
}

function remind() {
  if (!own.unseen || Date.now() < own.mutedUntil || Date.now() - own.soundedAt < AGAIN) return;
  own.soundedAt = Date.now();
  sound();
}

/** Two soft notes; where the browser wants a gesture first, a line on the page says so. */
function sound() {
  const context = own.context ??= new AudioContext();
  part("sound-off").hidden = context.state === "running";
  if (context.state !== "running") return context.resume().then(settled, () => {});
  part("main").dataset.sounded = Number(part("main").dataset.sounded ?? 0) + 1;
  [660, 880].forEach((pitch, number) => note(context, pitch, context.currentTime + number * 0.22));
  return null;
}

function settled() {
  part("sound-off").hidden = own.context?.state === "running";
  if (own.context?.state === "running" && own.unseen) { own.soundedAt = 0; remind(); }
}

/** @param {AudioContext} context @param {number} pitch @param {number} at */
function note(context, pitch, at) {
  const tone = context.createOscillator();
  const level = context.createGain();
  tone.frequency.value = pitch;
  level.gain.setValueAtTime(0.0001, at);
  level.gain.exponentialRampToValueAtTime(0.25, at + 0.03);
  level.gain.exponentialRampToValueAtTime(0.0001, at + 0.4);
  tone.connect(level).connect(context.destination);
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
  // A context made before anybody touched the page stays mute until it is asked again.
  const touched = () => { if (own.context?.state === "suspended") own.context.resume().then(settled, () => {}); };
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, touched, { passive: true });
  part("notify").addEventListener("click", askToNotify);
  offerNotices();
  setInterval(() => {
    if (own.mutedUntil && Date.now() >= own.mutedUntil) mute();
    remind();
  }, 1000);
}
