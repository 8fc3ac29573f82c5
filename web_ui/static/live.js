// Where the scripts begin. They find things in the page by data-* attributes; without them the pages
// read the same, and only stand still.

import { listenToKeys } from "./keyboard.js";
import { keepTimes, say } from "./page.js";
import { Posts } from "./posts.js";
import { Announcer, keepCounts, Newer, Panel } from "./status.js";
import { Updates } from "./updates.js";

/** The parts of the page that follow the events, as one. */
class Page {
  constructor(parts) { this.parts = parts; }

  get unsure() { return this.parts.some((part) => part.unsure); }

  apply(events) { for (const part of this.parts) part.apply(events); }

  gap() { for (const part of this.parts) part.gap(); }

  end(text) { for (const part of this.parts) part.end(text); }

  async check(signal) {
    for (const part of this.parts) if (part.unsure) await part.check(signal);
  }
}

/** What visitors do, on pages on which they do it. */
async function doing(announcer) {
  const list = document.querySelector("[data-comments]");
  const form = document.querySelector("[data-write]");
  const parts = [];
  if (list) {
    const { Comments } = await import("./comments.js");
    parts.push(new Comments(list, announcer));
  }
  if (form) {
    const { Writing } = await import("./writing.js");
    new Writing(form, parts[0]);
  }
  if (document.querySelector("[data-tags], [data-most-used]")) {
    const { Tags } = await import("./forms.js");
    parts.push(new Tags());
  }
  return parts;
}

async function follow() {
  if (!document.querySelector("[data-follow]")) return;
  const { followByScript } = await import("./forms.js");
  followByScript();
}

async function start() {
  keepTimes();
  listenToKeys();
  follow().catch(() => {});       // what did not load leaves plain forms
  keepCounts();
  const live = document.querySelector("[data-cursor]");
  if (!live) return;
  const announcer = new Announcer();
  const panel = document.querySelector("[data-live]");
  const parts = [];
  if (!live.matches("[data-comments]")) {
    const onward = document.querySelector("[data-older], [data-more]");  // to the next page
    const posts = new Posts(live, onward);
    new Newer(posts, announcer);
    parts.push(posts);
  }
  parts.push(...await doing(announcer).catch(() => []));
  const words = new Panel(panel, live.dataset.new === "none");
  const updates = new Updates(live.dataset, new Page(parts), (state, text) => words.show(state, text));
  updates.show("live", say("Live"));
  updates.run();
}

start();
