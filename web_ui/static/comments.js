// A discussion or a room, kept up with what comes. A comment is found by its id, so one that comes
// twice changes nothing; it stands under what it answers, in the order of positions. While paused new
// ones wait, but for one's own. After a gap the list is taken from the site's pages.

import { buttonOf, elementOf, say, steadily } from "./page.js";
import { entitle } from "./status.js";
import { fetchPage } from "./transports.js";

const LEVELS = 3;                 // as in web_ui/discussion/threading.py
const SHOWN = 500;                // comments kept on the page
const HELD = 200;                 // comments that wait; past it, as after a gap
const COMPARED = 250;             // comments of the site's pages after which no more are asked for
const GAP = 8;                    // px between the last message and the form below it
const IN_REPLY_TO = "in reply to";
const ONWARD = "[data-older], [data-more-comments]";

export class Comments {
  constructor(list, announcer, pause) {
    this.list = list;
    this.announcer = announcer;
    this.pause = pause;
    this.isRoom = list.dataset.comments === "room";
    this.isOpen = list.dataset.new !== "none";   // new ones belong here
    this.unsure = false;
    this.touched = new Set();     // ids that events told of since the gap: newer than a page may be
    this.held = new Map();        // comments that wait, by id
    this.isFull = false;          // more came than wait
    this.form = document.querySelector("[data-write]");
    this.below = [];              // new ones, further down
    this.onrow = () => {};        // a comment came, or changed
    this.onnew = () => false;     // a comment is about to be shown: is it one's own?
    this.onremove = () => {};     // one is about to leave
    this.addButton();
  }

  find(id) { return document.getElementById(id); }

  /** Also those that wait. */
  findAny(id) { return this.find(id) ?? this.held.get(id); }

  all() { return [...this.list.querySelectorAll("[data-comment]"), ...this.held.values()]; }

  apply(events) {
    const comments = events.filter(({ kind }) => kind.startsWith("comment"));
    if (comments.length) this.steadily(() => comments.forEach((event) => this.take(event)));
  }

  take(event) {
    const comment = event.html ? elementOf(event.html) : null;
    if (this.unsure) this.touched.add(event.id);
    if (event.kind === "comment_delete") this.remove(event.id, comment);
    else if (comment) this.put(comment, event.kind === "comment" && this.hasPlace(comment));
  }

  hasPlace({ dataset: { parent, position } }) {
    return this.isOpen || this.held.has(parent) || this.homeOf(parent) !== this.list || this.isBeforeLink(position);
  }

  /** What the link to later comments passes over belongs to this page. */
  isBeforeLink(position) {
    const link = document.querySelector(ONWARD);
    return !this.isRoom && link && !link.hidden && Number(position) <= Number(/\d+/.exec(link.search));
  }

  /** Put a comment on the page, or its new form in its place. */
  put(comment, isNew, isOwn = false) {
    if (isOwn) this.held.delete(comment.id);
    const old = this.findAny(comment.id);
    if (old) this.replace(old, comment);
    else if (isNew && (isOwn || this.onnew(comment))) this.insert(comment);
    else if (isNew) {
      this.arrived += 1;
      if (!this.pause.on) this.insertNew(comment);
      else if (this.held.size < HELD) this.held.set(comment.id, comment);
      else this.isFull = true;
    }
  }

  replace(old, comment) {
    const [was, is] = [old, comment].map((row) => row.querySelector(":scope > article"));
    old.toggleAttribute("data-removed", comment.matches("[data-removed]"));
    if (words(was) === words(is)) return;
    was.replaceWith(is);
    this.dress(old);
  }

  insert(comment) {
    const place = this.homeOf(comment.dataset.parent);
    const isLater = ({ dataset: { position } }) => position === undefined || Number(position) > Number(comment.dataset.position);
    place.insertBefore(comment, [...place.children].find(isLater) ?? null);
    comment.classList.add("fresh");
    this.dress(comment);
    this.trim();
  }

  insertNew(comment) {
    this.insert(comment);
    this.below.push(comment);
    entitle({ more: 1 });
  }

  /** Say by name whom it answers. */
  dress(comment) {
    const to = comment.querySelector(":scope > article .to");
    const name = this.findAny(comment.dataset.parent)?.querySelector(":scope > article .name");
    if (to && name) {
      to.replaceChildren(say(IN_REPLY_TO), " ", document.createElement("bdi"));
      to.lastChild.textContent = name.textContent;
    }
    this.onrow(comment);
  }

  /** The list for answers to a comment. Where it is not on the page they stand at the top. */
  homeOf(id) {
    const parent = id && !this.isRoom ? this.find(id) : null;
    return parent ? answersOf(parent) : this.list;
  }

  remove(id, stub) {
    const old = this.findAny(id);
    if (!old) return;
    this.onremove(old);
    if (stub && this.isAnswered(id)) {
      this.replace(old, stub);
      return;
    }
    const parent = this.findAny(old.dataset.parent);
    old.remove();
    this.held.delete(id);
    // A stub stands only as long as something answers it.
    if (parent?.matches("[data-removed]") && !this.isAnswered(parent.id)) this.remove(parent.id, null);
  }

  isAnswered(id) {
    return !this.isRoom && this.all().some(({ dataset: { parent } }) => parent === id);
  }

  /** Keep the page small: earlier messages of a room, or later comments, are a link away. */
  trim() {
    const onward = document.querySelector(ONWARD);
    if (this.isRoom) {
      while (this.list.children.length > SHOWN && this.atEnd) {
        this.list.firstElementChild.remove();
        onward.href = `?before=${this.list.firstElementChild.dataset.position}`;
        onward.hidden = false;
      }
    } else if (this.isOpen && this.list.children.length >= SHOWN) {
      this.isOpen = false;
      onward.href = `?comments_after=${this.list.lastElementChild.dataset.position}`;
      onward.hidden = false;
    }
  }

  // What the pause button asks of it.

  get takesNew() { return this.isOpen || !this.isRoom; }

  get waiting() { return [...this.held.values()].filter((row) => !row.matches("[data-removed]")).length; }

  tell(count) {
    if (this.isRoom) return count === 1 ? say("1 new message.") : say("%(count)s new messages.", { count });
    return count === 1 ? say("1 new comment.") : say("%(count)s new comments.", { count });
  }

  release() {
    const rows = [...this.held.values()];
    this.held.clear();
    if (this.isFull) this.gap();
    else this.steadily(() => { for (const row of rows) if (this.hasPlace(row)) this.insertNew(row); });
    this.isFull = false;
  }

  // Where the reader is.

  /** A room's form stays in sight, above the list. */
  get edge() {
    return this.isRoom && this.form ? Math.min(innerHeight, this.form.getBoundingClientRect().top) : innerHeight;
  }

  get atEnd() { return this.list.getBoundingClientRect().bottom <= this.edge + 1; }

  /** A reader at a room's end stays there; nothing else that one looks at moves. */
  steadily(change) {
    const follows = this.isRoom && this.atEnd;
    const { bottom } = this.list.getBoundingClientRect();
    this.arrived = 0;
    if (follows) {
      change();
      scrollBy({ top: this.list.getBoundingClientRect().bottom - bottom, behavior: "instant" });
      this.toEnd();
    } else {
      steadily(change);
    }
    this.announcer.count("comments", this.arrived, (count) => this.tell(count));
    this.pause.show();
    this.look();
  }

  addButton() {
    this.button = buttonOf("", () => this.toBelow());
    this.button.className = "newer below";
    this.button.hidden = true;
    (this.isRoom && this.form || document.querySelector("main")).append(this.button);
    addEventListener("scroll", () => this.look(), { passive: true });
    if (!this.isRoom) return;
    // Who comes into a room wants the newest.
    if (this.isOpen && !location.hash) this.toEnd();
    this.look();
    // Whoever is at the end stays there, whatever comes up or grows.
    const keep = (back) => { if (this.follows) this.toEnd(back); };
    addEventListener("resize", () => keep(true));
    const observer = new ResizeObserver((all) => keep(all.some(({ target }) => target === this.form)));
    for (const part of [this.list, this.form]) if (part) observer.observe(part);
  }

  toBelow() {
    if (this.isRoom) this.toEnd();
    else this.below[0]?.scrollIntoView({ block: "center", behavior: "instant" });
  }

  toEnd(back = false) {
    const { bottom } = this.list.getBoundingClientRect();
    const covered = this.form ? this.form.offsetHeight + GAP : GAP;
    const hidden = bottom + covered - innerHeight;
    if (hidden > 0 || back) scrollBy({ top: hidden, behavior: "instant" });
  }

  look() {
    const { edge, isRoom } = this;
    this.follows = this.atEnd;
    this.below = this.below.filter((row) => row.isConnected && row.getBoundingClientRect().top >= edge);
    const count = this.below.length;
    this.button.hidden = count === 0;
    const [one, more] = isRoom ? [say("↓ 1 new message"), say("↓ %(count)s new messages", { count })]
      : [say("↓ 1 new comment"), say("↓ %(count)s new comments", { count })];
    this.button.textContent = count === 1 ? one : more;
  }

  // What was missed.

  gap() {
    this.unsure = true;
    this.touched.clear();
  }

  end() { /* the list of posts, or the state, says so */ }

  /** Compare with the site's page, and with those that follow it as far as this one reaches. What
      is beyond them leaves, and the link leads on to it. */
  async check(signal) {
    const now = new Map();
    let link;
    do {
      const page = await fetchPage(link?.search ?? location.search, signal);
      for (const comment of page.querySelectorAll("[data-comments] [data-comment]")) now.set(comment.id, comment);
      link = page.querySelector(ONWARD);
    } while (now.size < COMPARED && this.reachesBeyond(link));
    this.steadily(() => {
      for (const { id } of this.known()) if (!now.has(id)) this.remove(id, null);
      for (const comment of now.values()) {
        comment.querySelector(":scope > .answers")?.replaceChildren();
        if (!this.touched.has(comment.id)) this.put(comment, true);
      }
    });
    if (link) document.querySelector(ONWARD).replaceWith(link);
    if (!this.isRoom) this.isOpen = !link || link.hidden;
    this.unsure = false;
  }

  /** The comments that a page of the site may be newer than. */
  known() { return this.all().filter(({ id }) => !this.touched.has(id)); }

  /** Whether some are past the end of the site's page that leads on with this link. */
  reachesBeyond(link) {
    if (!link || link.hidden) return false;
    const end = Number(/\d+/.exec(link.search));
    return this.known().some(({ dataset: { position } }) => (this.isRoom ? position < end : position > end));
  }
}

/** What a comment says, without the buttons of one's own. */
const words = (article) => [...article.querySelectorAll(".text, .edited, .removed")].map((part) => part.textContent).join();

/** The list for answers to a comment: its own, or, that deep, the one in which it stands. */
function answersOf(comment) {
  let level = 1;
  for (let above = comment.parentElement.closest(".comment"); above; above = above.parentElement.closest(".comment")) level += 1;
  return level < LEVELS ? comment.querySelector(":scope > .answers") : comment.parentElement;
}
