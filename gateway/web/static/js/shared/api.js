// The page's way to its own server: the session's forgery token on every unsafe request, JSON back.
import { released } from "./press.js";
import { heedVersion } from "./version.js";

const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

export class Refused extends Error {
  /** @param {Problem} problem @param {number} status */
  constructor(problem, status) {
    super(problem.title ?? "refused");
    this.problem = problem;
    this.status = status;
  }
}

// A line that is half-open says nothing for minutes: after so many ms the page goes on without the answer.
const READ_WITHIN = 8000;
const SEND_WITHIN = 20000;
export const withinRead = () => AbortSignal.timeout(READ_WITHIN);

/** @param {string} method @param {string} url @param {object} [body] */
async function ask(method, url, body) {
  const response = await fetch(url, {
    method,
    credentials: "same-origin",
    cache: "no-store",
    signal: AbortSignal.timeout(method === "GET" ? READ_WITHIN : SEND_WITHIN),
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": token() },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  heedVersion(response);
  const answer = response.status === 204 ? {} : await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(answer, response.status);
  return answer;
}

/**
 * `work` by itself, never beside itself: asked for while it runs, it runs once more, since what is on its way may be
 * older than what was asked about. Two answers about the same place can therefore not cross.
 * @param {() => unknown} work
 */
export function inTurn(work) {
  let running = null;
  let again = false;
  async function run() {
    try {
      do {
        again = false;
        await work();
      } while (again);
    } finally {
      running = null;
    }
  }
  return () => {
    again = true;
    running ??= run();
    return running;
  };
}

/** @param {string} url */
export const read = (url) => ask("GET", url);
/** @param {string} url */
export const send = (url, body = {}) => ask("POST", url, body);

/**
 * The HTML of a fragment, or null when it is not ours to see any more. A server in trouble is not an answer: `Refused`.
 * It comes when nobody is pressing anything, so that it can be put in place of what is there.
 * @param {string} url
 */
export async function fragment(url) {
  const response = await fetch(url, { credentials: "same-origin", cache: "no-store", signal: withinRead(), headers: { Accept: "text/html" } });
  if (response.status >= 500 || response.status === 429) throw new Refused({}, response.status);
  heedVersion(response);
  const html = response.ok && !response.redirected ? await response.text() : null;
  await released();
  return html;
}
