// The start page: fields that belong to a choice, ISBAR headings, a counter, and the search for another practice.
import { fragment } from "../shared/api.js";

/** @param {HTMLElement} root */
export function startForm(root) {
  const form = root.querySelector("#start-form");
  if (form) {
    form.addEventListener("change", () => showChoices(form));
    showChoices(form);
    insertIsbar(form);
    countLetters(form);
  }
  searchPractices(root);
}

/** @param {HTMLFormElement} form */
function showChoices(form) {
  const answer = form.querySelector('input[name="consent.answer"]:checked')?.value ?? "";
  for (const part of form.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== answer;
  for (const part of form.querySelectorAll("[data-unless]")) part.hidden = part.dataset.unless === answer;
  const button = form.querySelector("[data-refusal]");
  button.dataset.usual ??= button.textContent;
  button.textContent = answer === "refused" ? button.dataset.refusal : button.dataset.usual;
  const talks = form.querySelector('input[name="form"]:checked');
  form.querySelector('[data-shows="form"]').textContent = talks?.parentElement.textContent.trim() ?? "";
  form.querySelector("[data-form-away]").hidden = !["citizen-alone", "relative-present"].includes(talks?.value);
}

/** @param {HTMLFormElement} form */
function insertIsbar(form) {
  const button = form.querySelector("[data-isbar]");
  const field = form.querySelector("textarea[name=reason]");
  button.addEventListener("click", () => {
    const headings = button.dataset.isbar.split("|").join("\n");
    field.value = field.value.trim() ? `${field.value.trimEnd()}\n${headings}` : headings;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
}

/** @param {HTMLFormElement} form */
function countLetters(form) {
  const field = form.querySelector("[data-counts]");
  const counter = document.getElementById(field.dataset.counts);
  const show = () => {
    counter.textContent = field.value.length >= Number(counter.dataset.from) ? `${field.value.length}/${field.maxLength}` : "";
  };
  field.addEventListener("input", show);
  show();
}

/** @param {HTMLElement} root */
function searchPractices(root) {
  const form = root.querySelector("[data-search]");
  if (!form) return;
  const results = root.querySelector("#practice-results");
  let timer = 0;
  let newest = 0; // an answer to what was typed before comes too late
  const look = async () => {
    const mine = (newest += 1);
    const query = form.querySelector("input[name=q]").value.trim();
    if (query.length < 2) return;
    const html = await fragment(`${form.dataset.search}?${new URLSearchParams({ q: query })}`).catch(() => null);
    if (html !== null && mine === newest) results.innerHTML = html;
  };
  form.addEventListener("submit", (/** @type {SubmitEvent} */ event) => { event.preventDefault(); look(); });
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, 250); });
}
