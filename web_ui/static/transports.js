// What is asked of the site: its updates, in two ways, and its own pages as a source of posts and
// comments that this page has missed.
//
// Updates from a cursor come by one long poll, or over a WebSocket.
//
//   GET /updates?channel=C&cursor=X&wait=25
//   200 {"cursor", "verdict": "live" | "gap" | "reset",
//        "events": [{"seq", "kind", "id", "chain", "celeb", "html", …}, …]}
//
// Over the WebSocket /updates/ws the same answers come, the first one at once, with events or
// without: so its first message proves that it works.

import { tellTimes } from "./page.js";

const PROOF = 10_000;             // ms for a WebSocket's first message

/** The page asked for what the server does not understand: asking again is of no use. */
export class Refused extends Error {}

export async function poll(channel, cursor, wait, signal) {
  const query = new URLSearchParams({ channel, cursor, wait });
  const response = await fetch(`/updates?${query}`, { signal, cache: "no-store" });
  if (response.status === 400) throw new Refused();
  if (!response.ok) throw failure(response);
  return await response.json();
}

export class Socket {
  /** `onanswer(answer)` for each; `onend(code)` once, unless it is dropped. */
  constructor(channel, cursor, onanswer, onend) {
    const address = new URL(`/updates/ws?${new URLSearchParams({ channel, cursor })}`, location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    this.began = Date.now();
    this.heard = 0;               // when the last message came; 0: none yet
    this.leads = false;           // it has taken over from the polls
    this.onend = onend;
    this.ws = new WebSocket(address);
    this.ws.onmessage = ({ data }) => {
      clearTimeout(this.timer);
      this.heard = Date.now();
      onanswer(JSON.parse(data));
    };
    this.ws.onclose = ({ code }) => this.end(code);
    this.timer = setTimeout(() => this.end(0), PROOF);
  }

  get proved() { return this.heard > 0; }

  end(code) {
    this.drop();
    this.onend(code);
  }

  /** Leave it, without a word to the page. */
  drop() {
    clearTimeout(this.timer);
    this.ws.onmessage = this.ws.onclose = null;
    this.ws.close();
  }
}

/** A page like this one, as it is now, with another query. Raises `failure`: try again. */
export async function fetchPage(query, signal) {
  const response = await fetch(location.pathname + query, { signal, cache: "no-store" });
  // Of a post that was deleted there still are the answers.
  if (![200, 404, 410].includes(response.status)) throw failure(response);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  tellTimes(page);
  return page;
}

/** The posts of such a page, and whether there are more of them. */
export function postsOf(page) {
  const next = page.querySelector("[data-older], [data-more]");
  return {
    cards: [...page.querySelectorAll("[data-cursor] > .post")],
    focus: [...page.querySelectorAll(".focus > .post")],
    more: next !== null && !next.hidden,
  };
}

/** An answer that is none, and for how many seconds its server wants to be left alone. */
export function failure(response) {
  const error = new Error(`HTTP ${response.status}`);
  error.after = Number(response.headers.get("Retry-After")) || 0;
  return error;
}
