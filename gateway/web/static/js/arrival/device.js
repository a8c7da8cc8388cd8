// "Fortsæt på en anden enhed": the code in a dialog over the page, so that a call or a place is not left for it.
const token = () => document.querySelector('meta[name="csrf-token"]').content;

document.addEventListener("submit", async (event) => {
  const form = event.target?.closest("form[data-pairs]");
  if (!form) return;
  event.preventDefault();
  const response = await fetch(`${form.action}?del=1`, { method: "POST", headers: { Accept: "text/html", "X-CSRF-Token": token() } });
  if (!response.ok) { form.submit(); return; }
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "pairing-heading");
  dialog.innerHTML = await response.text();
  dialog.addEventListener("close", () => dialog.remove());
  document.getElementById("main").append(dialog);
  dialog.showModal();
}, true);
