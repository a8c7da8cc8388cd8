// A guest's page: the link's code is taken out of the address bar at once and posted by a press; then she waits and talks.
import { read, send } from "../shared/api.js";
import { openCamera } from "../shared/check.js";
import { followSecrecy } from "../call/details.js";
import { followDevices } from "../shared/devices.js";
import { followHearing } from "../call/hearing.js";
import { MediaCall } from "../shared/media.js";
import { say } from "../shared/page.js";
import { showPictures } from "../call/pictures.js";
import { Freshness } from "../shared/stream.js";
import { coverSeat, offerTelephone, releaseAll, wireTools } from "../shared/surface.js";

const EVERY = 2000; // ms between two looks at how far it is
const SCREENS = ["enter", "waiting", "call", "gone", "over"];
const main = document.getElementById("main");
const words = main.dataset;
/** @param {string} id */
const part = (id) => document.getElementById(id);
const freshness = new Freshness();
/** @type {SharedCamera} */
const shared = { stream: null };
/** @type {Record<string, boolean>} */
const muted = { audio: false, video: false };
/** @type {MediaCall | null} */
let call = null;
/** @type {ReturnType<typeof followDevices> | null} */
let following = null;
let joining = false;
let elsewhere = false; // another window has the seat
let screen = words.screen ?? "";

const code = location.hash.slice(1);
if (code) history.replaceState(null, "", location.pathname);

/** @param {{screen: string, practice: string}} next */
function show(next) {
  const before = screen;
  screen = next.screen;
  main.dataset.screen = screen;
  main.dataset.testid = `guest-${screen}`;
  for (const each of SCREENS) part(each).hidden = each !== screen;
  if (before !== screen) {
    const heading = part(screen).querySelector("h1");
    heading.focus();
    say(heading.textContent);
  }
  if (screen === "call") sitDown().catch(() => line(words.lost));
  else getUp();
}

function getUp() {
  following?.stop();
  call?.leave();
  call = null;
  releaseAll(shared, main);
}

/** @param {string} [text] */
function line(text = "") { part("line").textContent = text; }

async function sitDown() {
  if (call || joining || elsewhere) return;
  joining = true;
  try {
    const camera = await openCamera(shared);
    line(camera === "good" ? words.connecting : words.nocamera);
    shared.stream ??= new MediaStream();
    part("own").srcObject = shared.stream;
    if (screen === "call") follow(call = new MediaCall({ fetchSeat, localStream: shared.stream }));
  } finally {
    joining = false;
  }
}

/** @param {MediaCall} made */
function follow(made) {
  made.setMuted(muted);
  following = followDevices(made, shared.stream ?? new MediaStream(), main);
  made.addEventListener("state", ({ detail }) => {
    main.dataset.media = detail;
    /** @type {Record<string, string | undefined>} */
    const said = { connecting: words.connecting, reconnecting: words.lost, blocked: words.blocked };
    line(said[detail]);
    if (detail === "moved") giveUp();
  });
  showPictures(made, main, (role) => role === "clinic");
  offerTelephone(made, main);
  followHearing(made, main);
  followSecrecy(made, main);
  made.join();
}

function giveUp() {
  elsewhere = true;
  getUp();
  coverSeat(main, () => { elsewhere = false; look(); });
}

/** @param {string} lost */
async function fetchSeat(lost) {
  try {
    return await send("/gaest/billet", lost ? { lost } : {});
  } catch (fault) {
    if ([401, 404, 409].includes(fault.status)) { look(); return null; }
    throw fault;
  }
}

async function look() {
  if (screen === "enter" || screen === "over" || screen === "gone") return freshness.note(); // nothing there grows old
  freshness.show();
  try {
    show(await read("/gaest/tilstand"));
    freshness.note();
  } catch (fault) {
    if (fault.status === 401) show({ screen: "gone", practice: "" }); // the clinic has ended her session
  }
}

async function comeIn() {
  part("come-in").disabled = true;
  try {
    await send("/gaest/ind", { code });
    location.reload();
  } catch (fault) {
    part("enter-words").textContent = fault.problem?.title ?? words.lost;
    part("come-in").hidden = Boolean(fault.problem);
    part("come-in").disabled = false;
  }
}

wireTools(main, (kinds) => call?.setMuted(Object.assign(muted, kinds)));
part("leave").addEventListener("click", () => send("/gaest/slut").then(show).catch(look));
part("come-in").addEventListener("click", comeIn);
if (code && screen === "enter") { part("come-in").hidden = false; part("enter-words").textContent = ""; }
setInterval(look, EVERY);
if (screen === "call") show({ screen, practice: "" });
