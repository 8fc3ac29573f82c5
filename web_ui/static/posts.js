// The list of posts, kept up with what comes: at its top, at its bottom, or not at all (data-new). A
// post is found by the first id of its edit chain, so an event that comes twice changes nothing.
//
// After a gap the posts stay, and are compared with the site's pages, for they may have been edited or
// deleted; a row says that some are missing there, and loads them.

import { elementOf, endRow, gapRow, near, say, steadily, tellTimes } from "./page.js";
import { Calm, entitle } from "./status.js";
import { fetchPage, postsOf } from "./transports.js";

const SHOWN = 500;                // posts kept; those out of sight at the bottom leave first
const FULL = 1500;                // posts shown at most while the reader is far down
const ANSWERS = 500;              // answers shown at most; later ones are a link away
const HELD = 500;                 // newer posts kept back while paused or full; past it, a gap
const PATIENCE = 35_000;          // ms for a page of what is missing
const LOOK = 250;                 // ms between looks at what is held
const LATE = 3_000;               // ms after which the page says so

export class Posts {
  constructor(list, onward, pause) {
    this.list = list;
    this.onward = onward;
    this.pause = pause;
    this.side = list.dataset.new;
    this.newestFirst = onward.matches("[data-older]");
    this.tag = list.dataset.channel.startsWith("tag:") ? list.dataset.channel.slice(4) : null;
    this.held = [];               // cards that wait, newest last; rows of gaps among them
    this.doubtful = new Set();    // cards that may have been edited or deleted unheard
    this.onchange = () => {};
    this.calm = new Calm(list);
    this.since = 0;               // when something began to be held for calm
    this.wasLate = false;         // when that was last looked at
  }

  /** Whether the beginning of the list is in sight: then new posts may push the others down. */
  get atTop() { return this.list.getBoundingClientRect().top >= 0; }

  /** Whether what is held may be put on the page now; `isWanted`: the reader asks for it. */
  mayShow(isWanted) {
    if (this.pause.on) return false;
    if (this.atTop) return isWanted || this.side !== "top" || this.calm.allows;
    return this.list.children.length < FULL;
  }

  /** Whether something is held for calm, and for long. */
  get isLate() { return this.since > 0 && performance.now() > this.since + LATE; }

  get unsure() { return this.doubtful.size > 0; }

  // What the pause button asks of it.

  get takesNew() { return this.side !== "none"; }

  get waiting() { return this.held.filter((row) => row.matches(".post")).length; }

  tell(count) { return count === 1 ? say("1 new post.") : say("%(count)s new posts.", { count }); }

  release() { this.steadily(() => this.show(true)); }

  look() {
    this.timer = clearTimeout(this.timer);
    if (!this.held.length) return;
    if (this.mayShow()) this.steadily(() => this.show());
    else if (this.wait()) this.onchange(0);
  }

  /** Look again soon, if calm is all that holds them; whether it has become late since. */
  wait() {
    const waits = this.atTop && !this.pause.on;
    this.since = waits && (this.since || performance.now());
    if (waits) this.timer ||= setTimeout(() => this.look(), LOOK);
    const wasLate = this.wasLate;
    this.wasLate = this.isLate;
    return this.wasLate !== wasLate;
  }

  all() {
    return [...document.querySelectorAll(".post"), ...this.held.filter((row) => row.matches(".post"))];
  }

  /** The posts of the page that an event is about; held ones and those beside the list too. */
  find(chain, id) {
    const of = (card) => card.dataset.chain === chain || card.dataset.id === id;
    return this.all().filter(of);
  }

  apply(events) {
    this.steadily(() => {
      for (const event of events) this.take(event);
      this.show();
    });
  }

  take(event) {
    if (event.kind === "tweet" || event.kind === "edit") this.put(event, event.kind === "tweet");
    else if (event.kind === "delete") this.remove(event);
    else if (event.tag !== this.tag) return;
    else if (event.kind === "tag") this.put(event, true);
    else if (event.kind === "untag") this.remove(event);
  }

  put(event, isNew) {
    const card = event.html && elementOf(event.html);
    if (!card) return;
    const [old] = this.find(card.dataset.chain, event.id);
    if (old === undefined) {
      if (isNew && this.side !== "none") this.hold(card);
    } else {
      this.replace(old, card);
      // An update has the beginning of a long post; here the whole is wanted.
      if (card.matches(".focus [data-cut]")) this.doubtful.add(card);
    }
  }

  replace(old, card) {
    const below = old.querySelector("[data-below]");
    // An update knows no counts.
    if (below) card.querySelector("[data-below=unknown]")?.replaceWith(below.cloneNode(true));
    if (!old.isConnected) this.held[this.held.indexOf(old)] = card;
    else if (!sameCard(old, card)) swap(old, card);
  }

  remove(event) {
    this.find(event.chain ?? event.id, event.id).forEach((card) => this.drop(card));
  }

  drop(card) {
    if (card.closest(".focus")) gone();
    (card.closest(".focus") ?? card).remove();
    this.held = this.held.filter((other) => other !== card);
  }

  hold(card) {
    this.held.push(card);
    if (this.held.length > HELD) {
      this.held.splice(0, this.held.length - HELD);
      if (!this.held[0].matches(".gap")) this.held[0] = this.gapRow();
    }
  }

  /** Put what is held on the page, if it may be shown now. */
  show(isWanted = false) {
    if (!this.held.length || !this.mayShow(isWanted)) {
      if (this.held.length) this.wait();
      this.onchange(0);
      return;
    }
    this.since = 0;
    this.wasLate = false;
    this.calm.arrived();
    const { list } = this;
    const end = this.side === "bottom" ? list.lastElementChild : list.firstElementChild;
    // A gap that goes on is one gap.
    if (this.held[0].matches(".gap") && end?.matches(".gap")) this.held.shift();
    const rows = this.held;
    this.held = [];
    for (const row of rows) row.classList.add("fresh");
    if (this.tag !== null) rows.forEach((row) => this.sortIn(row));
    else if (this.side === "bottom") list.append(...rows);
    else list.prepend(...rows.reverse());
    this.trim();
    this.onchange(rows.filter((row) => row.isConnected && row.matches(".post")).length);
  }

  /** An old post that was tagged now stands among those of its time, or on a later page. */
  sortIn(row) {
    const isOlder = (other) => other.matches(".post") && Number(other.dataset.position) < Number(row.dataset.position);
    const next = row.matches(".post") ? [...this.list.children].find(isOlder) : this.list.firstElementChild;
    if (next || this.onward.hidden) this.list.insertBefore(row, next ?? null);
  }

  /** Keep the page small: what leaves is on the next page, to which there is a link. */
  trim() {
    const rows = [...this.list.children];
    let over = rows.slice(this.newestFirst ? SHOWN : ANSWERS);
    if (this.newestFirst) {
      over = over.filter((row) => row.getBoundingClientRect().top > 3 * innerHeight);
    } else if (over.length) {
      this.side = "none";  // a new answer comes after all the others, and so is not for here
    }
    if (!over.length) return;
    for (const row of over) row.remove();
    // What a gap at the end stood for begins the next page.
    while (!this.list.lastElementChild.matches(".post")) this.list.lastElementChild.remove();
    const { position } = this.list.lastElementChild.dataset;
    this.onward.href = `?${this.newestFirst ? "before" : "after"}=${position}`;
    this.onward.hidden = false;
  }

  steadily(change) {
    if (this.atTop) change();
    else steadily(change);
  }

  /** Something was missed: say so in its place, and doubt everything that is on the page. */
  gap() {
    this.doubtful = new Set(this.all());
    if (this.side === "none") return;
    this.hold(this.gapRow());
    this.release();
  }

  /** Say at the beginning of the list that it does not go on. */
  end(text) {
    this.held.push(endRow(text));
    this.release();
  }

  gapRow() { return gapRow((row) => this.load(row)); }

  /** Put a page of what is missing in a gap's place, next to the post before it in the list. */
  async load(row) {
    const [words, button] = row.children;
    const from = near(row, "previousElementSibling");
    const query = from ? `?${this.newestFirst ? "before" : "after"}=${from}` : "";
    if (this.list.children.length >= FULL) {
      location.assign(query || location.pathname);
      return;
    }
    button.disabled = true;
    try {
      const { cards, more } = postsOf(await fetchPage(query, AbortSignal.timeout(PATIENCE)));
      if (row.isConnected) this.fill(row, cards, more);
    } catch {
      words.textContent = say("They cannot be loaded just now.");
    } finally {
      button.disabled = false;
    }
  }

  fill(row, cards, more) {
    const to = near(row, "nextElementSibling");
    const isMissing = ({ dataset: { position } }) => to === undefined
      || (this.newestFirst ? Number(position) > to : Number(position) < to);
    const missing = cards.filter(isMissing);
    const unknown = missing.filter((card) => !this.find(card.dataset.chain, card.dataset.id).length);
    this.steadily(() => {
      row.before(...unknown);
      if (!more || missing.length < cards.length) row.remove();
      this.trim();
    });
  }

  /** Compare the doubtful posts with the site's pages. Raises what `fetchPage` does: try again. */
  async check(signal) {
    const ordered = [...this.doubtful].filter((card) => !card.closest(".focus"))
      .sort((a, b) => (a.dataset.position - b.dataset.position) * (this.newestFirst ? -1 : 1));
    // Positions are whole numbers: the first page begins with the first of these.
    const first = Number(ordered[0]?.dataset.position ?? 1);
    let next = this.newestFirst ? first + 1 : first - 1;
    while (next !== null) {
      const query = `?${this.newestFirst ? "before" : "after"}=${next}`;
      const { cards, focus, more } = postsOf(await fetchPage(query, signal));
      const last = more && cards.length ? Number(cards.at(-1).dataset.position) : null;
      this.compare(new Map([...cards, ...focus].map((card) => [card.dataset.chain, card])), last);
      next = this.unsure ? last : null;
    }
    this.onchange(0);
  }

  /** With the posts of a page, by chain, which ends with the position `last`; null: with no more. */
  compare(now, last) {
    const beyond = ({ dataset: { position } }) => last !== null
      && (this.newestFirst ? position < last : position > last);
    this.steadily(() => {
      for (const card of this.doubtful) {
        if (!card.closest(".focus") && beyond(card)) continue;
        this.doubtful.delete(card);
        const fresh = now.get(card.dataset.chain);
        if (!this.all().includes(card)) continue;
        if (fresh) this.replace(card, fresh);
        else this.drop(card);
      }
    });
  }
}

/** A new version in the place of the old one; the keyboard stays where it was. */
function swap(old, card) {
  const focused = old === document.activeElement;
  old.replaceWith(card);
  tellTimes(card);  // the post's own page gives the exact time
  if (!focused) return;
  card.tabIndex = -1;
  card.focus({ preventScroll: true });
}

/** The page's own post was deleted; the stylesheet hides what one did with it. */
function gone() {
  const note = document.querySelector("[data-gone]");
  note.hidden = false;
  document.querySelector("h1").textContent = note.dataset.heading;
  entitle({ text: note.dataset.title });
}

const sameCard = (a, b) => a.dataset.id === b.dataset.id && a.textContent === b.textContent;
