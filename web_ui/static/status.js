// What the page says about itself: live or paused, how many new posts are above, how many are here;
// and to who listens rather than looks, what has come.

import { buttonOf, say } from "./page.js";

const GATHER = 1_000;             // ms: what comes within them is told in one sentence
const SILENCE = 10_000;           // ms of it after each sentence: never a flood
const SOON = 3_000;               // ms until the first count of who is here
const AGAIN = 30_000;             // ms between two counts
const STILL = 2_000;              // ms for which a pointer must have rested
const APART = 3_000;              // ms between two arrivals on a busy stream: two may come at once
const FELT = "pointerdown pointermove pointerup pointercancel dragend blur touchstart touchmove touchend touchcancel".split(" ");

let [title, unseen] = [document.title, 0];

/** The tab's title, and how much came while nobody looked at it. */
export function entitle({ text = title, more = 0 } = {}) {
  title = text;
  unseen = document.hidden ? unseen + more : 0;
  document.title = unseen ? `(${unseen}) ${title}` : title;
}

document.addEventListener("visibilitychange", () => entitle());

/** What a button does that is hidden then: the keyboard goes on from the page's content. */
const passing = (act) => ({ currentTarget }) => {
  const hadFocus = currentTarget.matches(":focus-visible");
  act();
  if (hadFocus) document.querySelector("main").focus({ preventScroll: true });
};

/** The words beside the list's heading; where that is out of sight, a pill has those that matter. */
export class Panel {
  constructor(element, quiet, pause) {
    this.element = element;
    this.text = element?.querySelector("[data-live-text]");
    this.quiet = quiet;           // nothing new belongs on this page: then being live is no news
    this.pause = pause;
    this.inSight = true;
    this.pill = buttonOf("", passing(() => pause.turn(false)));
    this.pill.className = "newer";
    this.pill.hidden = true;
    pause.pill = this.pill;
    if (!element) return;
    document.querySelector("main").append(this.pill);
    pause.onchange = () => this.show();
    new IntersectionObserver((entries) => {
      this.inSight = entries.at(-1).isIntersecting;
      this.show();
    }, { rootMargin: "-48px 0px 0px" }).observe(element);
  }

  // Without a word in its place, the place stays: nothing moves when the state changes.
  show(state = this.state, words = this.words) {
    [this.state, this.words] = [state, words];
    if (!this.element || !state) return;
    const { count, on } = this.pause;
    const isLive = state === "live";
    const isPaused = isLive && on;
    const isQuiet = isLive && this.quiet;
    this.element.dataset.state = isPaused ? "paused" : isQuiet ? "quiet" : state;
    const text = isPaused ? say("Paused") : isQuiet ? "" : words;
    if (this.text.textContent !== text) this.text.textContent = text;
    this.pill.hidden = this.inSight || isLive && !isPaused;
    this.pill.disabled = !isPaused;
    const told = count ? say("Paused · %(count)s new", { count }) : text;
    this.pause.newer?.look();
    this.pill.textContent = isPaused ? `${told} · ${say("Resume")}` : text;
  }
}

/** The pause button: it holds back all that would move the page. The parts of the page keep it:
    `waiting` is how much, `tell(count)` says so much of it, `release()` shows it. */
export class Pause {
  constructor() {
    this.on = false;
    this.parts = [];
    this.count = 0;
    this.onchange = () => {};
    this.button = document.querySelector("[data-live-pause]");
    this.button?.addEventListener("click", () => this.turn(!this.on));
  }

  /** `check()`: more came than can wait, and is to be asked for. */
  begin({ parts, takesNew }, check) {
    this.parts = parts;
    this.check = check;
    if (this.button) this.button.hidden = !takesNew;
  }

  turn(on) {
    this.on = on;
    if (!on) {
      for (const part of this.parts) part.release();
      if (this.parts.some((part) => part.unsure)) this.check();
    }
    this.show();
  }

  show() {
    const { button, on } = this;
    if (!button) return;
    const holding = on ? this.parts.filter((part) => part.waiting) : [];
    this.count = holding.reduce((sum, part) => sum + part.waiting, 0);
    const count = this.count || "";
    button.firstElementChild.textContent = (on ? say("Resume") : say("Pause")) + (count && ` (${count})`);
    button.title = holding.map((part) => part.tell(part.waiting)).join(" ");
    button.toggleAttribute("data-paused", on);
    button.dataset.waiting = count;
    this.onchange();
  }
}

/** When new posts may push down those that the reader is about to tap, or has the keyboard at. */
export class Calm {
  constructor(list) {
    this.list = list;
    this.isDown = false;
    this.moved = -STILL;
    this.due = -APART;            // when the next arrival would come if all were APART
    for (const type of FELT) addEventListener(type, (event) => this.feel(event), { passive: true });
  }

  get allows() {
    const now = performance.now();
    return !this.isDown && now >= this.moved + STILL && now >= this.due - APART
      && !this.list.querySelector(":focus-visible");
  }

  arrived() {
    const now = performance.now();
    this.due = Math.min(Math.max(this.due, now), now + APART) + APART;
  }

  feel({ target, pointerType, touches, buttons, movementX, movementY }) {
    if (pointerType === "touch") return;
    this.isDown = (touches?.length ?? buttons ?? 0) > 0;
    const hasMoved = touches || this.isDown || movementX || movementY;  // not the posts under it
    if (hasMoved && this.list.contains(target)) this.moved = performance.now();
  }
}

/** The button for new posts above, and the title's number. */
export class Newer {
  constructor(posts, announcer) {
    this.posts = posts;
    this.announcer = announcer;
    this.unseen = 0;
    this.told = 0;                // of the posts held back, those that were announced
    this.button = buttonOf("", passing(() => {
      scrollTo({ top: 0, behavior: "instant" });
      posts.release();
    }));
    this.button.className = "newer";
    this.button.dataset.newer = "";
    this.button.hidden = true;
    document.querySelector("main").append(this.button);
    posts.pause.newer = this;
    posts.onchange = (count) => this.change(count);
    addEventListener("scroll", () => {
      posts.look();
      this.look();
    }, { passive: true });
    document.addEventListener("visibilitychange", () => this.look());
  }

  change(count) {
    const { posts } = this;
    this.announcer.count("posts", count + posts.waiting - this.told, posts.tell);
    this.told = posts.waiting;
    entitle({ more: count });
    if (document.hidden || !posts.atTop) this.unseen += count;
    posts.pause.show();
    this.look();
  }

  look() {
    const { posts } = this;
    if (!document.hidden && posts.atTop) this.unseen = 0;
    const above = this.unseen + (posts.pause.on ? 0 : posts.held.length);
    this.button.hidden = above === 0 || posts.side !== "top" || posts.atTop && !posts.isLate || posts.pause.pill?.hidden === false;
    this.button.textContent = above === 1 ? say("↑ 1 new post") : say("↑ %(count)s new posts", { count: above });
  }
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
    const total = (this.counts.get(kind)?.total ?? 0) + count;
    if (total > 0) this.counts.set(kind, { sentence, total });
    else this.counts.delete(kind);  // some went before they were told
    const rest = this.last + SILENCE - performance.now();
    this.timer ||= setTimeout(() => this.speak(), Math.max(GATHER, rest));
  }

  speak() {
    this.timer = 0;
    if (!this.counts.size) return;
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
