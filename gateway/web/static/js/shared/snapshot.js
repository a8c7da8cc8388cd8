// A page that does not follow what it shows says how old it is, and is fetched anew when somebody comes back to it.
import { Freshness, STALE } from "./stream.js";

const line = document.getElementById("stale");
const freshness = new Freshness(Date.now() - performance.now()); // the browser asked for it then
const again = document.createElement("button");
// Something was written or chosen here, or the page is the answer to a form: it is not thrown away, nor sent once more.
let touched = "answer" in document.documentElement.dataset;

again.type = "button";
again.className = "link";
again.textContent = line.dataset.again ?? "";
again.addEventListener("click", () => location.reload());
document.addEventListener("input", () => {
  touched = true;
  again.remove();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && performance.now() > STALE && !touched) location.reload();
});
setInterval(() => {
  if (freshness.show() && !touched && !again.isConnected) line.after(again);
}, 1000);
