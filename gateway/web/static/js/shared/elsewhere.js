// A call whose room another system keeps: said in words, entered by one press in a new window.
import { Refused, send } from "./api.js";
import { say } from "./page.js";

const LOOK_EVERY = 1000; // ms

/**
 * Whether this call is held elsewhere: then the panel leads there, and our own media stays away. Where the other system
 * gives no room it answers false, says so, and the page goes on as ever. Throws what says that the call is over.
 * @param {HTMLElement} root @param {string} ticket
 */
export async function heldElsewhere(root, ticket) {
  const panel = /** @type {HTMLElement | null} */ (root.querySelector("#held-elsewhere"));
  if (!panel) return false;
  for (; panel.isConnected; await new Promise((done) => { setTimeout(done, LOOK_EVERY); })) {
    const seat = await look(ticket);
    if (!seat) continue;
    if (!seat.elsewhere) return staysHere(panel, seat.fell_back);
    useOnly(root, panel);
    if (seat.elsewhere.standing === "ready") {
      offer(panel, seat.elsewhere, ticket);
      return true;
    }
    tell(panel, panel.dataset.preparing);
  }
  return true;
}

/** How far the room is; null where nobody answered just now. @param {string} ticket */
async function look(ticket) {
  try {
    return await send(ticket, { look: true });
  } catch (fault) {
    if (fault instanceof Refused) throw fault;
    return null;
  }
}

/** @param {HTMLElement} panel @param {boolean} fellBack */
function staysHere(panel, fellBack) {
  panel.hidden = !fellBack;
  const root = panel.closest("[data-testid=call], .call");
  root?.querySelectorAll("[data-own-media]").forEach((/** @type {HTMLElement} */ each) => { each.hidden = false; });
  if (fellBack) tell(panel, panel.dataset.fellback);
  return false;
}

/** Nothing of our own media is shown beside it. @param {HTMLElement} root @param {HTMLElement} panel */
function useOnly(root, panel) {
  if (!panel.hidden) return;
  panel.hidden = false;
  root.querySelectorAll("[data-own-media]").forEach((/** @type {HTMLElement} */ each) => { each.hidden = true; });
  const first = /** @type {HTMLElement | null} */ (root.querySelector("[role=toolbar] :is(button, a):not([hidden])"));
  if (first) first.tabIndex = 0;
}

/** @param {HTMLElement} panel @param {{link: string, host_pin: string, inside: boolean}} room @param {string} ticket */
function offer(panel, room, ticket) {
  const link = /** @type {HTMLAnchorElement} */ (panel.querySelector("a"));
  link.href = room.link;
  link.hidden = false;
  const pin = /** @type {HTMLElement | null} */ (panel.querySelector("[data-pin]"));
  if (pin && room.host_pin) {
    pin.hidden = false;
    pin.querySelector("strong").textContent = room.host_pin;
  }
  if (room.inside) link.textContent = link.dataset.again ?? "";
  tell(panel, room.inside ? panel.dataset.opened : panel.dataset.ready);
  link.focus();
  // The seat is taken as she goes: when both sides have gone, the talk has begun.
  link.addEventListener("click", () => {
    tell(panel, panel.dataset.opened);
    link.textContent = link.dataset.again ?? "";
    send(ticket, {}).catch(() => tell(panel, panel.dataset.ready));
  });
}

/** @param {HTMLElement} panel @param {string | undefined} text */
function tell(panel, text = "") {
  const line = panel.querySelector("[data-line]");
  if (line.textContent === text) return;
  line.textContent = text;
  say(text);
}
