// What the page says about itself: live or not, how many new posts are above, how many are here; and
// to who listens rather than looks, what has come.

import { buttonOf, say } from "./page.js";

const GATHER = 1_000;             // ms: what comes within them is told in one sentence
const SILENCE = 10_000;           // ms of it after each sentence: never a flood
const SOON = 3_000;               // ms until the first count of who is here
const AGAIN = 30_000;             // ms between two counts

/** The words beside the list's heading. */
export class Panel {
  constructor(element, quiet) {
    this.element = element;
    this.text = element?.querySelector("[data-live-text]");
    this.quiet = quiet;           // nothing new belongs on this page: then being live is no news
  }

  // Without a word in its place, the place stays: nothing moves when the state changes.
  show(state, words) {
    if (!this.element) return;
    const nothing = state === "live" && this.quiet;
    this.element.dataset.state = nothing ? "quiet" : state;
    const text = nothing ? "" : words;
    if (this.text.textContent !== text) this.text.textContent = text;
  }
}

/** The button for new posts above, the pause button and the title's number. */
export class Newer {
  constructor(posts, announcer) {
    this.posts = posts;
    this.announcer = announcer;
    this.pause = document.querySelector("[data-live-pause]");
    this.title = document.title;
    this.unseen = 0;
    this.told = 0;                // of the posts held back, those that were announced
    this.button = buttonOf("", () => scrollTo({ top: 0, behavior: "instant" }));
    this.button.className = "newer";
    this.button.dataset.newer = "";
    this.button.hidden = true;
    document.querySelector("main").append(this.button);
    posts.onchange = (count) => this.change(count);
    if (this.pause) {
      this.pause.hidden = posts.side === "none";
      this.pause.addEventListener("click", () => this.toggle());
    }
    addEventListener("scroll", () => this.scrolled(), { passive: true });
    document.addEventListener("visibilitychange", () => this.look());
  }

  toggle() {
    this.posts.paused = !this.posts.paused;
    this.posts.steadily(() => this.posts.show());
  }

  scrolled() {
    if (this.posts.held.length) this.posts.steadily(() => this.posts.show());
    else this.look();
  }

  change(count) {
    const { posts } = this;
    const held = posts.held.filter((row) => row.matches(".post")).length;
    this.announcer.count("posts", count + held - this.told, newPosts);
    this.told = held;
    if (document.hidden || !posts.atTop) this.unseen += count;
    if (this.pause) this.tellPause();
    this.look();
  }

  tellPause() {
    const { paused, held } = this.posts;
    const waiting = paused ? held.length || "" : "";
    this.pause.firstElementChild.textContent = (paused ? say("Resume") : say("Pause")) + (waiting && ` (${waiting})`);
    this.pause.toggleAttribute("data-paused", paused);
    this.pause.dataset.waiting = waiting;
  }

  look() {
    const { posts } = this;
    if (!document.hidden && posts.atTop) this.unseen = 0;
    const above = this.unseen + (posts.paused ? 0 : posts.held.length);
    this.button.hidden = above === 0 || posts.side !== "top" || posts.atTop;
    this.button.textContent = above === 1 ? say("↑ 1 new post") : say("↑ %(count)s new posts", { count: above });
    const counted = document.hidden && this.unseen ? `(${this.unseen}) ${this.title}` : this.title;
    if (document.title !== counted) document.title = counted;
  }
}

function newPosts(count) {
  return count === 1 ? say("1 new post.") : say("%(count)s new posts.", { count });
}

/** Tells politely, and never more than once in a while. */
export class Announcer {
  constructor() {
    this.region = document.createElement("p");
    this.region.className = "unseen";
    this.region.setAttribute("aria-live", "polite");
    document.querySelector("main").append(this.region);
    this.counts = new Map();
    this.timer = 0;
    this.last = -SILENCE;
  }

  /** `sentence(count)` says it for so many; what was not told yet is added up by `kind`. */
  count(kind, count, sentence) {
    if (!count || document.hidden) return;
    this.counts.set(kind, { sentence, total: (this.counts.get(kind)?.total ?? 0) + count });
    const rest = this.last + SILENCE - performance.now();
    this.timer ||= setTimeout(() => this.speak(), Math.max(GATHER, rest));
  }

  speak() {
    this.timer = 0;
    this.last = performance.now();
    this.region.textContent = [...this.counts.values()].map(({ sentence, total }) => sentence(total)).join(" ");
    this.counts.clear();
  }
}

/** How many are here now, asked again and again while somebody looks. */
export function keepCounts() {
  const places = [...document.querySelectorAll("[data-here]")];
  if (!places.length) return;
  const count = () => { if (!document.hidden) places.forEach(tellCount); };
  setTimeout(count, SOON);        // so that this page counts, too
  setInterval(count, AGAIN);
}

async function tellCount(place) {
  try {
    const query = new URLSearchParams({ channel: place.dataset.here });
    const response = await fetch(`/here?${query}`, { cache: "no-store", signal: AbortSignal.timeout(AGAIN) });
    if (!response.ok) return;
    const { here } = await response.json();
    place.textContent = say("%(count)s here now", { count: here });
    place.toggleAttribute("data-alone", here < 2);
  } catch { /* the next time, then */ }
}
