// The one-time address: the code stands in the fragment, is taken out of the address bar at once, and posted.
const code = new URLSearchParams(location.hash.slice(1)).get("code") ?? "";
history.replaceState(null, "", location.pathname);

async function redeem() {
  const response = await fetch("/start", {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ code }),
  });
  const answer = await response.json().catch(() => ({}));
  location.replace(answer.next ?? document.querySelector("[data-over]").dataset.over);
}

redeem();
