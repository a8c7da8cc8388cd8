// The practice's queue: tells the server which rows have been on a visible screen, and asks why a call is rejected.
"use strict";
const list = document.getElementById("queue");
const dialog = document.getElementById("reject-dialog");
const told = new Set();
function reportSeen() {
  if (document.visibilityState !== "visible") return;
  const rows = [...list.querySelectorAll("[data-task][data-state=received]")];
  const ids = rows.map((row) => row.dataset.task).filter((id) => !told.has(id));
  if (ids.length === 0) return;
  fetch("/queue/seen", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ ids }) })
    .then((answer) => { if (answer.ok) ids.forEach((id) => told.add(id)); }).catch(() => {});
}
list.addEventListener("refreshed", reportSeen);
document.addEventListener("visibilitychange", reportSeen);
list.addEventListener("click", (event) => {
  const button = event.target.closest(".reject");
  if (!button) return;
  const task = button.closest("[data-task]").dataset.task;
  document.getElementById("reject-form").action = `/queue/${task}/reject`;
  document.getElementById("reject-whom").textContent = button.dataset.whom;
  dialog.showModal();
});
document.getElementById("reject-cancel").addEventListener("click", () => dialog.close());
list.addEventListener("submit", (event) => {
  const chosen = document.getElementById("clinician");
  if (!chosen || !event.target.action.endsWith("/accept")) return;
  const field = document.createElement("input");
  field.type = "hidden"; field.name = "clinician"; field.value = chosen.value;
  event.target.append(field);
});
