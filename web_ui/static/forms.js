// Forms that are sent by script. Whatever the script cannot finish, the browser does: it sends the
// form as it would without one, and shows the page that comes of it.

import { elementOf, say } from "./page.js";
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
  const headers = { Accept: "application/json" };
  let response;
  try {
    response = await fetch(action, { method: "POST", body, headers, signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    throw new NotTaken(say("It could not be sent just now."), { again: true });
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  if (response.status === 401 || !answer.reason && response.status < 429) throw new NotTaken("", { byPage: true });
  const again = response.status === 429 || response.status >= 500;
  throw new NotTaken((answer.reason && answer.error) || say("It could not be sent just now."), { again });
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

/** Who has chosen a name with one form is not asked for it in the others: the page says it. */
export function named(name) {
  for (const field of document.querySelectorAll("[data-naming]")) field.remove();
  for (const place of document.querySelectorAll("[data-me]")) place.textContent = name;
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
    }, inTurn);
  }
}

function show(form, follows) {
  form.elements.on.value = follows ? "0" : "1";
  form.querySelector("button span").textContent = follows ? say("Following") : say("Follow");
}

/** The tags: those under a post and the form that adds one, and a celeb's most used. */
export class Tags {
  constructor() {
    this.unsure = false;
    this.touched = false;         // an event came while a page was asked for, which may be older
    this.form = document.querySelector("[data-tag-form]");
    if (this.form) sendByScript(this.form, (answer) => this.added(answer));
  }

  added({ tag, shown }) {
    add(document.querySelector("[data-tags]"), tag, shown);
    const { tag: field, name } = this.form.elements;
    if (name) named(name.value.trim());
    field.value = "";
    field.focus();
    // For what one may take back.
    this.check(AbortSignal.timeout(PATIENCE)).catch(() => { this.unsure = true; });
  }

  apply(events) {
    for (const { kind, id, chain, tag, shown } of events) {
      if (kind === "tag") this.use(tag, shown);
      const list = document.querySelector(`[data-tags="${CSS.escape(chain ?? id)}"]`);
      if (!list || !tag) continue;
      this.touched = true;
      if (kind === "tag") add(list, tag, shown);
      else inList(list, tag)?.remove();
    }
  }

  /** On a celeb's page, of whose posts this is one. That a tag is used no more is for the next page. */
  use(tag, shown) {
    const list = document.querySelector("[data-most-used]");
    const known = list?.querySelector(`a[href="${pathOf(tag)}"]`);
    if (list && !known && list.children.length < MOST_USED) add(list, tag, shown);
  }

  gap() { this.unsure = true; }

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
    for (const list of document.querySelectorAll("[data-tags]")) {
      const now = page.querySelector(`[data-tags="${CSS.escape(list.dataset.tags)}"]`);
      if (now) list.replaceChildren(...now.children);
    }
    for (const old of document.querySelectorAll(".untag")) old.remove();
    this.form?.after(...page.querySelectorAll(".untag"));
  }
}

const pathOf = (tag) => `/tag/${encodeURIComponent(tag)}`;
const inList = (list, tag) => list.querySelector(`[data-tag="${CSS.escape(tag)}"]`);

function add(list, tag, shown) {
  if (inList(list, tag)) return;
  const item = elementOf("<li><a><bdi></bdi></a></li>");
  item.dataset.tag = tag;
  item.firstChild.href = pathOf(tag);
  item.querySelector("bdi").textContent = `#${shown}`;
  list.append(item);
}
