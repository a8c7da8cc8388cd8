// Keeps every element with data-source up to date; touches the page only when something has changed.
"use strict";
const shown = new WeakMap();
async function refresh(element) {
  const answer = await fetch(element.dataset.source, { redirect: "error" });
  if (!answer.ok) return;
  const text = await answer.text();
  if (shown.get(element) !== text) {
    if (shown.has(element) || element.innerHTML.trim() !== text.trim()) element.innerHTML = text;
    shown.set(element, text);
  }
  element.dispatchEvent(new CustomEvent("refreshed"));
}
function follow(element) {
  refresh(element).catch(() => {}).finally(() => setTimeout(follow, 1500, element));
}
document.querySelectorAll("[data-source]").forEach(follow);
