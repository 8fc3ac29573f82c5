// Where the scripts begin. They find things in the page by data-* attributes; without them the pages
// read the same, and only stand still.

import { listenToKeys, openByTap } from "./keyboard.js";
import { keepTimes, say } from "./page.js";
import { Posts } from "./posts.js";
import { Announcer, keepCounts, Newer, Panel, Pause } from "./status.js";
import { Updates } from "./updates.js";

/** The parts of the page that follow the events, as one. */
class Page {
  constructor(parts, pause) {
    this.parts = parts;
    this.pause = pause;
  }

  get takesNew() { return this.parts.some((part) => part.takesNew); }

  get unsure() { return this.parts.some((part) => part.unsure); }

  apply(events) { for (const part of this.parts) part.apply(events); }

  gap() { for (const part of this.parts) part.gap(); }

  end(text) {
    this.pause.turn(false);
    for (const part of this.parts) part.end(text);
  }

  async check(signal) {
    for (const part of this.parts) if (part.unsure) await part.check(signal);
  }
}

/** What visitors do, on pages on which they do it. */
async function doing(announcer, pause) {
  const list = document.querySelector("[data-comments]");
  const form = document.querySelector("[data-write]");
  const parts = [];
  if (list) {
    const { Comments } = await import("./comments.js");
    parts.push(new Comments(list, announcer, pause));
    if (document.querySelector("[data-me=known]")) ownOf(parts[0]);
    else addEventListener("named", () => ownOf(parts[0]), { once: true });
  }
  if (form) {
    const { Writing } = await import("./writing.js");
    new Writing(form, parts[0]);
  }
  const tags = document.querySelector("[data-tags], [data-most-used]");
  if (tags) {
    const { Tags } = await import("./forms.js");
    parts.push(new Tags(tags, pause));
  }
  return parts;
}

function ownOf(comments) {
  // What does not load leaves the comments' own pages.
  import("./own.js").then(({ Own }) => new Own(comments)).catch(() => {});
}

async function follow() {
  if (!document.querySelector("[data-follow]")) return;
  const { followByScript } = await import("./forms.js");
  followByScript();
}

async function start() {
  keepTimes();
  listenToKeys();
  openByTap();
  follow().catch(() => {});       // what did not load leaves plain forms
  keepCounts();
  const live = document.querySelector("[data-cursor]");
  if (!live) return;
  const announcer = new Announcer();
  const pause = new Pause();
  const parts = [];
  if (!live.matches("[data-comments]")) {
    const onward = document.querySelector("[data-older], [data-more]");  // to the next page
    const posts = new Posts(live, onward, pause);
    new Newer(posts, announcer);
    parts.push(posts);
  }
  parts.push(...await doing(announcer, pause).catch(() => []));
  const page = new Page(parts, pause);
  const words = new Panel(document.querySelector("[data-live]"), !page.takesNew, pause);
  const updates = new Updates(live.dataset, page, (state, text) => words.show(state, text));
  pause.begin(page, () => updates.interrupt());
  updates.show("live", say("Live"));
  updates.run();
}

start();
