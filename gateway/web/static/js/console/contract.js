// A run that is under way: fetched anew every other second, and the whole page once it is over.
import { fragment } from "../shared/api.js";
import { isLeaving } from "../shared/page.js";

const EVERY = 2000;
const rows = document.getElementById("main").dataset.rows ?? "";
const run = document.getElementById("run");

async function renew() {
  const html = await fragment(rows).catch(() => ""); // "": no answer just now
  const fresh = document.createElement("div");
  if (html) fresh.innerHTML = html;
  if (html === "" || fresh.querySelector("[data-open]")) {
    if (html) run.replaceChildren(...fresh.childNodes);
    setTimeout(renew, EVERY);
  } else if (!isLeaving()) {
    location.reload();
  }
}

setTimeout(renew, EVERY);
