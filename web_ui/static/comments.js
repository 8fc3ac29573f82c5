// A discussion or a room, kept up with what comes. A comment is found by its id, so one that comes
// twice changes nothing; it stands under what it answers, at most LEVELS deep, in the order of
// positions. After a gap the list, with the way on from it, is taken from the site's pages.

import { buttonOf, elementOf, say, steadily } from "./page.js";
import { fetchPage } from "./transports.js";

const LEVELS = 3;                 // as in web_ui/discussion/threading.py
const SHOWN = 500;                // comments kept on the page
const COMPARED = 250;             // comments of the site's pages after which no more are asked for
const ONWARD = "[data-older], [data-more-comments]";

export class Comments {
  constructor(list, announcer) {
    this.list = list;
    this.announcer = announcer;
    this.isRoom = list.dataset.comments === "room";
    this.isOpen = list.dataset.new !== "none";   // new ones belong here
    this.unsure = false;
    this.touched = new Set();     // ids that events told of since the gap: newer than a page may be
    this.unread = 0;
    this.onnew = () => false;     // a comment is about to be shown: is it one's own?
    this.onremove = () => {};     // one is about to leave
    if (this.isRoom) this.addButton();
  }

  find(id) { return document.getElementById(id); }

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

  hasPlace({ dataset: { parent } }) { return this.isOpen || this.homeOf(parent) !== this.list; }

  /** Put a comment on the page, or its new form in its place. */
  put(comment, isNew) {
    const old = this.find(comment.id);
    if (old) this.replace(old, comment);
    else if (isNew) this.insert(comment);
  }

  replace(old, comment) {
    const [was, is] = [old, comment].map((row) => row.querySelector(":scope > article"));
    old.toggleAttribute("data-removed", comment.matches("[data-removed]"));
    if (was.textContent !== is.textContent) was.replaceWith(is);
  }

  insert(comment) {
    const place = this.homeOf(comment.dataset.parent);
    const isOwn = this.onnew(comment);
    const isLater = ({ dataset: { position } }) => position === undefined || Number(position) > Number(comment.dataset.position);
    place.insertBefore(comment, [...place.children].find(isLater) ?? null);
    comment.classList.add("fresh");
    if (!isOwn) this.arrived += 1;
    this.trim();
  }

  /** The list for answers to a comment. Where it is not on the page they stand at the top. */
  homeOf(id) {
    const parent = id && !this.isRoom ? this.find(id) : null;
    return parent ? answersOf(parent) : this.list;
  }

  remove(id, stub) {
    const old = this.find(id);
    if (!old) return;
    this.onremove(old);
    if (stub && this.isAnswered(id)) {
      this.replace(old, stub);
      return;
    }
    const parent = this.find(old.dataset.parent);
    old.remove();
    // A stub stands only as long as something answers it.
    if (parent?.matches("[data-removed]") && !this.isAnswered(parent.id)) this.remove(parent.id, null);
  }

  isAnswered(id) {
    return !this.isRoom && this.list.querySelector(`[data-parent="${CSS.escape(id)}"]`) !== null;
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

  // Where the reader is.

  /** Whether the end of the list is in sight. */
  get atEnd() { return this.list.getBoundingClientRect().bottom <= innerHeight; }

  /** A reader at a room's end stays there; nothing else that one looks at moves. */
  steadily(change) {
    const follows = this.isRoom && this.atEnd;
    const { bottom } = this.list.getBoundingClientRect();
    this.arrived = 0;
    if (follows) {
      change();
      scrollBy({ top: this.list.getBoundingClientRect().bottom - bottom, behavior: "instant" });
    } else {
      steadily(change);
      this.unread += this.arrived;
    }
    this.announcer.count("comments", this.arrived, this.isRoom ? newMessages : newComments);
    this.look();
  }

  addButton() {
    this.button = buttonOf("", () => this.toEnd());
    this.button.className = "newer below";
    this.button.hidden = true;
    document.querySelector("main").append(this.button);
    addEventListener("scroll", () => this.look(), { passive: true });
    // Who comes into a room wants the newest.
    if (this.isOpen && !location.hash) this.toEnd();
  }

  toEnd() {
    const end = document.querySelector("[data-write]") ?? this.list.lastElementChild;
    end?.scrollIntoView({ block: "end", behavior: "instant" });
  }

  look() {
    if (!this.button) return;
    if (this.atEnd) this.unread = 0;
    this.button.hidden = this.unread === 0;
    this.button.textContent = this.unread === 1 ? say("↓ 1 new message") : say("↓ %(count)s new messages", { count: this.unread });
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

  /** The comments on the page that a page of the site may be newer than. */
  known() {
    return [...this.list.querySelectorAll("[data-comment]")].filter(({ id }) => !this.touched.has(id));
  }

  /** Whether some are past the end of the site's page that leads on with this link. */
  reachesBeyond(link) {
    if (!link || link.hidden) return false;
    const end = Number(/\d+/.exec(link.search));
    return this.known().some(({ dataset: { position } }) => (this.isRoom ? position < end : position > end));
  }
}

/** The list for answers to a comment: its own, or, that deep, the one in which it stands. */
function answersOf(comment) {
  let level = 1;
  for (let above = comment.parentElement.closest(".comment"); above; above = above.parentElement.closest(".comment")) level += 1;
  return level < LEVELS ? comment.querySelector(":scope > .answers") : comment.parentElement;
}

function newComments(count) {
  return count === 1 ? say("1 new comment.") : say("%(count)s new comments.", { count });
}

function newMessages(count) {
  return count === 1 ? say("1 new message.") : say("%(count)s new messages.", { count });
}
