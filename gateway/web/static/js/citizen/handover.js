// "Giv enheden til borgeren": the guide of this device is open, and a ring meanwhile leads back to the consultation.
import { read } from "../shared/api.js";
import { followState } from "../shared/live.js";

const guides = document.getElementById("guides");
if (guides && navigator.platform.startsWith("Mac") && navigator.maxTouchPoints > 1) {
  for (const guide of guides.children) guide.open = guide.dataset.guide === "apple"; // an iPad that says Macintosh
}

const main = document.getElementById("main");
const address = `/api/v1/consultations/${main.dataset.follows}/state`;
followState(main, address, async () => {
  const { screen } = await read(address);
  if (screen !== main.dataset.now && screen !== "queue" && screen !== "call") location.assign(`/konsultation/${main.dataset.follows}`);
});
