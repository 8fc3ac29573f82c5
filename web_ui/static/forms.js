// Forms that are sent by script. What the script cannot finish, the browser does as without one.

import { elementOf, say, steadily } from "./page.js";
import { fetchPage } from "./transports.js";

export const PATIENCE = 20_000;          // ms for an answer
const MOST_USED = 12;             // tags on a celeb's page

/** The form was not taken: `text` says why, in the visitor's language; `form` if its page is to tell. */
export class NotTaken extends Error {
  constructor(text, { again = false, byPage = false } = {}) {
    super(text);
    this.again = again;           // the same may be sent again
    this.byPage = byPage;
  }
}

/** What the site answers to a form's fields. Raises `NotTaken`. */
export async function send(action, fields) {
  const body = new URLSearchParams(fields);
  let [response, answer] = await post(action, body);
  if (answer.reason === "stale_form") {
    // The page is old, or its cookies went: its forms are given the token that they lack.
    for (const field of document.querySelectorAll("[name=_xsrf]")) field.value = answer.token;
    body.set("_xsrf", answer.token);
    [response, answer] = await post(action, body);
  }
  if (response.ok) return answer;
  if (response.status === 401 || answer.token || !answer.reason && response.status < 429) throw new NotTaken("", { byPage: true });
  const again = response.status === 429 || response.status >= 500;
  throw new NotTaken((answer.reason && answer.error) || say("It could not be sent just now."), { again });
}

async function post(action, body) {
  const headers = { Accept: "application/json" };
  try {
    const response = await fetch(action, { method: "POST", body, headers, signal: AbortSignal.timeout(PATIENCE) });
    return [response, await response.json().catch(() => ({}))];
  } catch {
    throw new NotTaken(say("It could not be sent just now."), { again: true });
  }
}

/** Send a form by script: `done(answer)`, or its page or its own words tell why not. `inTurn(run)`
    says when it is its turn. */
export function sendByScript(form, done, inTurn = (run) => run()) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.ariaBusy === "true") return;
    form.ariaBusy = "true";
    try {
      const fields = new FormData(form);
      const answer = await inTurn(() => send(form.action, fields));
      tell(form, "");
      done(answer);
    } catch (error) {
      if (!(error instanceof NotTaken)) throw error;
      if (error.byPage) form.submit();
      else tell(form, error.message);
    } finally {
      form.ariaBusy = null;
    }
  });
}

/** Say what is wrong, in the form. */
export function tell(form, problem) {
  let place = form.querySelector("[data-problem]");
  if (!place && !problem) return;
  if (!place) {
    place = document.createElement("p");
    place.className = "problem";
    place.dataset.problem = "";
    place.setAttribute("role", "alert");
    form.append(place);
  }
  place.hidden = !problem;
  place.textContent = problem;
}

/** Who has chosen a name with one form is not asked for it in the others. */
export function named(name) {
  for (const field of document.querySelectorAll("[data-naming]")) field.remove();
  for (const place of document.querySelectorAll("[data-me]")) {
    place.textContent = name;
    place.dataset.me = "known";
  }
  dispatchEvent(new Event("named"));
  for (const as of document.querySelectorAll("[data-as]")) as.hidden = false;
}

/** The follow buttons: one after another, for each answer brings the cookie that the next one adds to. */
export function followByScript() {
  let last = Promise.resolve();
  const inTurn = (run) => (last = last.then(run, run));
  for (const form of document.querySelectorAll("form[data-follow]")) {
    sendByScript(form, ({ followed }) => {
      for (const other of document.querySelectorAll("form[data-follow]")) {
        show(other, followed.includes(other.dataset.follow));
      }
      for (const note of document.querySelectorAll("[data-follows]")) {
        note.hidden = note.dataset.follows !== (followed.length ? "some" : "nobody");
      }
    }, inTurn);
  }
}

function show(form, follows) {
  const button = form.querySelector("button");
  const { name } = form.dataset;
  form.elements.on.value = follows ? "0" : "1";
  button.textContent = follows ? say("Following") : say("Follow");
  button.ariaLabel = follows ? say("Following %(name)s", { name }) : say("Follow %(name)s", { name });
}

/** The tags under a post, with the form that adds one, or a celeb's most used. While paused, new ones wait. */
export class Tags {
  constructor(list, pause) {
    this.list = list;
    this.pause = pause;
    this.held = new Map();        // rows that wait, by tag
    this.unsure = false;
    this.touched = false;         // an event came while a page was asked for, which may be older
    this.form = document.querySelector("[data-tag-form]");
    if (this.form) sendByScript(this.form, (answer) => this.added(answer));
  }

  added({ tag, shown }) {
    this.held.delete(tag);
    if (!this.find(tag)) this.list.append(rowOf(tag, shown));
    const { tag: field, name } = this.form.elements;
    if (name) named(name.value.trim());
    field.value = "";
    field.focus();
    // For what one may take back.
    this.check(AbortSignal.timeout(PATIENCE)).catch(() => { this.unsure = true; });
  }

  apply(events) {
    const { tags: post } = this.list.dataset;
    for (const { kind, id, chain, tag, shown } of events) {
      if (!tag || (post ?? chain ?? id) !== (chain ?? id)) continue;
      this.touched = true;
      if (kind === "tag") this.put(tag, shown);
      else if (post) {            // that a celeb's is used no more is for the next page
        this.held.delete(tag);
        this.find(tag)?.remove();
      }
    }
    this.pause.show();
  }

  find(tag) { return this.list.querySelector(`[data-tag="${CSS.escape(tag)}"]`); }

  put(tag, shown) {
    const isFull = !this.list.dataset.tags && this.list.children.length + this.held.size >= MOST_USED;
    if (isFull || this.held.has(tag) || this.find(tag)) return;
    if (this.pause.on) this.held.set(tag, rowOf(tag, shown));
    else this.list.append(rowOf(tag, shown));
  }

  // What the pause button asks of it.

  get waiting() { return this.held.size; }

  tell(count) { return count === 1 ? say("1 new tag.") : say("%(count)s new tags.", { count }); }

  release() {
    const rows = [...this.held.values()];
    this.held.clear();
    if (rows.length) steadily(() => this.list.append(...rows));
  }

  gap() { this.unsure = this.list.matches("[data-tags]"); }

  end() { /* the list of posts says so */ }

  async check(signal) {
    let page;
    do {
      this.touched = false;
      page = await fetchPage(location.search, signal);
    } while (this.touched);
    this.refresh(page);
    this.unsure = false;
  }

  /** Take the tags, and what one may take back, from the site's page as it is now. */
  refresh(page) {
    const rows = [...page.querySelectorAll("[data-tags] > li")];
    const waits = rows.filter((row) => this.pause.on && !this.find(row.dataset.tag));
    this.held = new Map(waits.map((row) => [row.dataset.tag, row]));
    this.list.replaceChildren(...rows.filter((row) => !waits.includes(row)));
    this.pause.show();
    for (const old of document.querySelectorAll(".untag")) old.remove();
    this.form?.after(...page.querySelectorAll(".untag"));
  }
}

function rowOf(tag, shown) {
  const row = elementOf("<li><a><bdi></bdi></a></li>");
  row.dataset.tag = tag;
  row.firstChild.href = `/tag/${encodeURIComponent(tag)}`;
  row.querySelector("bdi").textContent = `#${shown}`;
  return row;
}
