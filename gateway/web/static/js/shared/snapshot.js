// A page that does not follow what it shows says how old it is, and is fetched anew when somebody comes back to it.
import { Freshness } from "./stream.js";

const OLD = 10000; // ms
const line = document.getElementById("stale");
const freshness = new Freshness(Date.now() - performance.now()); // the browser asked for it then
const again = document.createElement("button");
let touched = false; // something was written or chosen here: it is not thrown away

again.type = "button";
again.className = "link";
again.textContent = line.dataset.again ?? "";
again.addEventListener("click", () => location.reload());
document.addEventListener("input", () => { touched = true; });
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && performance.now() > OLD && !touched) location.reload();
});
setInterval(() => {
  if (freshness.show() && !again.isConnected) line.after(again);
}, 1000);
