// One batch after the other by itself; on Stop, or when the page is left, the next one is never asked for.
const batch = document.getElementById("batch");
const next = setTimeout(() => batch.requestSubmit(), 400);
document.querySelector('[data-testid="stop"]').addEventListener("click", () => clearTimeout(next));
