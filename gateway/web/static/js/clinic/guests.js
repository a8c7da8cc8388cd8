// Guests of the clinic's call: a link for each, who waits and who is in, and the lock.
import { Refused, send } from "../shared/api.js";
import { say } from "../shared/page.js";

/** @typedef {{id: string, role: string, standing: string}} Guest */

/**
 * @param {HTMLElement} root @param {(verb: string) => string} door @param {(state: any) => void} show
 * @returns {(state: {guests: Guest[], locked: boolean, entry_status: string}) => void} what shows how far they are
 */
export function offerGuests(root, door, show) {
  const dialog = root.querySelector("#guests-dialog");
  /** @param {string} id */
  const at = (id) => root.querySelector(`#${id}`);
  const act = (/** @type {string} */ verb, /** @type {object} */ body) => send(door(verb), body).then(show).catch((fault) => tell(dialog, fault));
  at("invite").addEventListener("submit", async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    try {
      const { link } = await send(door("guests"), { role: at("guest-role").value });
      at("guest-link").textContent = link;
      at("guest-linked").hidden = false;
    } catch (fault) { tell(dialog, fault); }
  });
  at("room-lock").addEventListener("change", () => act("lock", { on: at("room-lock").checked }));
  let waited = "";
  return ({ guests, locked, entry_status: talks }) => {
    at("room-lock").checked = locked;
    at("guests-listed").replaceChildren(...guests.map((guest) => row(dialog, guest, act)));
    const waiting = talks === "in-progress" ? guests.filter((guest) => guest.standing === "waiting") : [];
    at("guests-waiting").replaceChildren(...waiting.map((guest) => row(dialog, guest, act)));
    at("guests-waiting").hidden = !waiting.length;
    const now = waiting.map((guest) => guest.id).join();
    if (waiting.length && now !== waited) say(`${waiting[0].role} ${dialog.dataset.waiting}`, true);
    waited = now;
  };
}

/** @param {HTMLElement} dialog @param {Guest} guest @param {(verb: string, body: object) => void} act */
function row({ dataset }, guest, act) {
  const line = document.createElement("li");
  line.dataset.testid = "guest";
  line.append(Object.assign(document.createElement("span"), { textContent: `${guest.role} ${dataset[guest.standing]}` }));
  if (guest.standing === "waiting") line.append(press(dataset.admit, "primary", "admit-guest", () => act("guests/admit", { guest: guest.id })));
  line.append(press(dataset[guest.standing === "waiting" ? "refuse" : "out"], "secondary", "send-guest-out", () => act("guests/send-out", { guest: guest.id })));
  return line;
}

/** @param {string | undefined} words @param {string} kind @param {string} testid @param {() => void} then */
function press(words, kind, testid, then) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: `button button--${kind}`, textContent: words });
  button.dataset.testid = testid;
  button.addEventListener("click", then);
  return button;
}

/** @param {HTMLElement} dialog @param {any} fault */
function tell(dialog, fault) {
  const words = (fault instanceof Refused && fault.problem.detail) || dialog.dataset.wrong;
  dialog.querySelector("#guests-said").textContent = words ?? "";
  say(words, true);
}
