// What "Detaljer" says: whether the call is encrypted all the way between the pages, and the numbers to compare.

/** @param {import("../shared/media.js").MediaCall} call @param {HTMLElement} root */
export function followSecrecy(call, root) {
  const [details, line] = ["#call-details", "#secrecy"].map((id) => root.querySelector(id));
  call.addEventListener("secrecy", ({ detail: { state, able, numbers } }) => {
    if (state === "agreeing") return; // for a moment: what was said before it still holds
    details.hidden = state === "alone";
    line.dataset.state = state;
    line.textContent = state === "sealed" ? line.dataset.sealed.replace("{numbers}", numbers) : able ? line.dataset.plain : line.dataset.unable;
  });
}
