// Keeps a page of posts up with the world: long polls /updates, and tells times from now.
//
//   GET /updates?channel=C&cursor=X&wait=25
//   200 {"cursor", "verdict": "live" | "gap" | "reset",
//        "events": [{"seq", "kind": "tweet" | "edit" | "delete", "id", "chain", "celeb", "html"}, …]}
//
// The list on the page says where it starts: data-channel, data-cursor, and in data-new where new
// posts go: top, bottom, or none. A post is found by data-chain, the first id of its edit chain, so
// an event that comes twice, or that the page was rendered with, changes nothing. Without this file
// the pages read the same; they only stand still.
//
// After a gap the posts on the page stay, and a row among them says that some are missing there; it
// loads them from the site's own pages. Edits and deletes may be among what was missed, so the posts
// that stayed are compared with those pages before anything else is asked.

const HIDDEN = 10;                // seconds out of sight after which a page stops asking
const WAIT = 25;                  // seconds the server may hold a poll
const PATIENCE = WAIT + 10;       // seconds after which a poll that is not answered is lost
const STALE = 5_000;              // ms after which a poll is begun anew when the page wakes up
const BACKOFF = [0.5, 30];        // seconds: first and longest
const SHOWN = 500;                // posts kept; those out of sight at the bottom leave first
const FULL = 1500;                // posts shown at most while the reader is far down
const ANSWERS = 500;              // answers shown at most; later ones are a link away
const HELD = 500;                 // newer posts kept back while paused or full; past it, a gap

const list = document.querySelector("[data-cursor]");
const onward = document.querySelector("[data-older], [data-more]");  // to the next page
const panel = document.querySelector("[data-live]");

// Times

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const day = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", year: "numeric" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "medium" });

function ago(date) {
  const seconds = (Date.now() - date) / 1000;
  if (seconds < 45) return "just now";
  if (seconds < 3600) return relative.format(-Math.round(seconds / 60), "minute");
  if (seconds < 86_400) return relative.format(-Math.round(seconds / 3600), "hour");
  if (seconds < 7 * 86_400) return relative.format(-Math.round(seconds / 86_400), "day");
  return day.format(date);
}

function tellTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const date = new Date(time.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    const text = time.closest(".focus") ? exact.format(date) : ago(date);
    if (time.textContent !== text) time.textContent = text;
    if (!time.title) time.title = exact.format(date);
  }
}

tellTimes(document);
setInterval(() => { if (!document.hidden) tellTimes(document); }, 30_000);

// The list

class Posts {
  constructor(list, onward) {
    this.list = list;
    this.onward = onward;
    this.side = list.dataset.new;
    this.newestFirst = onward.matches("[data-older]");
    this.paused = false;
    this.held = [];               // cards that wait, newest last; rows of gaps among them
    this.doubtful = new Set();    // cards that may have been edited or deleted unheard
    this.onchange = () => {};
  }

  /** Whether the beginning of the list is in sight: then new posts may push the others down. */
  get atTop() { return this.list.getBoundingClientRect().top >= 0; }

  get mayShow() { return !this.paused && (this.atTop || this.list.children.length < FULL); }

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
      for (const event of events) {
        if (event.kind === "delete") this.remove(event);
        else if (event.html) this.put(event);
      }
      this.show();
    });
  }

  put(event) {
    const holder = document.createElement("template");
    holder.innerHTML = event.html;
    const card = holder.content.firstElementChild;
    if (!card) return;
    tellTimes(card);
    const [old] = this.find(card.dataset.chain, event.id);
    if (old === undefined) {
      if (event.kind === "tweet" && this.side !== "none") this.hold(card);
    } else {
      this.replace(old, card);
      // An update has the beginning of a long post; here the whole is wanted.
      if (card.matches(".focus [data-cut]")) this.doubtful.add(card);
    }
  }

  replace(old, card) {
    if (!old.isConnected) this.held[this.held.indexOf(old)] = card;
    else if (!sameCard(old, card)) old.replaceWith(card);
  }

  remove(event) {
    this.find(event.chain ?? event.id, event.id).forEach((card) => this.drop(card));
  }

  drop(card) {
    if (card.closest(".focus")) document.querySelector("[data-gone]").hidden = false;
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
  show() {
    if (!this.mayShow || !this.held.length) {
      this.onchange(0);
      return;
    }
    const { list } = this;
    const end = this.side === "bottom" ? list.lastElementChild : list.firstElementChild;
    // A gap that goes on is one gap.
    if (this.held[0].matches(".gap") && end?.matches(".gap")) this.held.shift();
    const rows = this.held;
    this.held = [];
    for (const row of rows) row.classList.add("fresh");
    if (this.side === "bottom") list.append(...rows);
    else list.prepend(...rows.reverse());
    this.trim();
    this.onchange(rows.filter((row) => row.matches(".post")).length);
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

  /** Change the page without moving what the reader looks at. */
  steadily(change) {
    if (this.atTop) { change(); return; }
    const inSight = [];
    for (const card of document.querySelectorAll(".post")) {
      const { top, bottom } = card.getBoundingClientRect();
      if (top > innerHeight) break;
      if (bottom > 0) inSight.push([card, top]);
    }
    change();
    const kept = inSight.find(([card]) => card.isConnected);
    if (kept) scrollBy({ top: kept[0].getBoundingClientRect().top - kept[1], behavior: "instant" });
  }

  /** Something was missed: say so in its place, and doubt everything that is on the page. */
  gap() {
    this.doubtful = new Set(this.all());
    if (this.side === "none") return;
    this.hold(this.gapRow());
    this.steadily(() => this.show());
  }

  /** Say at the beginning of the list that it does not go on. */
  end(text) {
    this.held.push(rowOf("ended", text, "Load the newest", () => { scrollTo(0, 0); location.reload(); }));
    this.steadily(() => this.show());
  }

  gapRow() {
    const row = rowOf("gap", "Some posts are not shown here.", "Load them", () => this.load(row));
    return row;
  }

  /** Put a page of what is missing in a gap's place, next to the post before it in the list. */
  async load(row) {
    const [words, button] = row.children;
    const from = near(row, "previousElementSibling");
    const name = this.newestFirst ? "before" : "after";
    if (this.list.children.length >= FULL) {
      location.assign(from ? `?${name}=${from}` : location.pathname);
      return;
    }
    button.disabled = true;
    try {
      const { cards, more } = await fetchPage(from ? `?${name}=${from}` : "", AbortSignal.timeout(PATIENCE * 1000));
      if (!row.isConnected) return;
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
    } catch {
      words.textContent = "They cannot be loaded just now.";
    } finally {
      button.disabled = false;
    }
  }

  /** Compare the doubtful posts with the site's pages. Raises what `fetchPage` does: try again. */
  async check(signal) {
    if (!this.doubtful.size) return;
    const ordered = [...this.doubtful].filter((card) => !card.closest(".focus"))
      .sort((a, b) => (a.dataset.position - b.dataset.position) * (this.newestFirst ? -1 : 1));
    // Positions are whole numbers: the first page begins with the first of these.
    const first = Number(ordered[0]?.dataset.position ?? 1);
    let next = this.newestFirst ? first + 1 : first - 1;
    while (next !== null) {
      const { cards, focus, more } = await fetchPage(`?${this.newestFirst ? "before" : "after"}=${next}`, signal);
      const last = more && cards.length ? Number(cards.at(-1).dataset.position) : null;
      const beyond = (card) => last !== null
        && (this.newestFirst ? card.dataset.position < last : card.dataset.position > last);
      const now = new Map([...cards, ...focus].map((card) => [card.dataset.chain, card]));
      this.steadily(() => {
        for (const card of this.doubtful) {
          const inFocus = card.closest(".focus");
          if (!inFocus && beyond(card)) continue;
          this.doubtful.delete(card);
          const fresh = now.get(card.dataset.chain);
          if (!this.all().includes(card)) continue;
          if (fresh) this.replace(card, fresh);
          else this.drop(card);
        }
      });
      next = this.doubtful.size ? last : null;
    }
    this.onchange(0);
  }
}

/** The position of the nearest post before or after a row, if there is one. */
function near(row, direction) {
  let other = row[direction];
  while (other && !other.matches(".post")) other = other[direction];
  return other ? Number(other.dataset.position) : undefined;
}

function rowOf(kind, text, action, run) {
  const row = document.createElement("li");
  row.className = `missed ${kind}`;
  const words = document.createElement("span");
  words.textContent = text;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = action;
  button.addEventListener("click", run);
  row.append(words, button);
  return row;
}

/** The posts of a page like this one, as they are now, and whether there are more of them. */
async function fetchPage(query, signal) {
  const response = await fetch(location.pathname + query, { signal, cache: "no-store" });
  // Of a post that was deleted there still are the answers.
  if (![200, 404, 410].includes(response.status)) throw failure(response);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  tellTimes(page);
  const next = page.querySelector("[data-older], [data-more]");
  return {
    cards: [...page.querySelectorAll("[data-cursor] > .post")],
    focus: [...page.querySelectorAll(".focus > .post")],
    more: next !== null && !next.hidden,
  };
}

function failure(response) {
  const error = new Error(`HTTP ${response.status}`);
  error.after = Number(response.headers.get("Retry-After")) || 0;
  return error;
}

const sameCard = (a, b) => a.dataset.id === b.dataset.id && a.textContent === b.textContent;

// The connection

class Stop extends Error {}

class Poll {
  constructor(list, posts, say) {
    this.cursor = list.dataset.cursor;
    this.channel = list.dataset.channel;
    this.posts = posts;
    this.say = say;
    this.failures = 0;
    this.asleep = false;          // the page is in the back/forward cache
    this.ended = false;           // the poll under way was ended by ourselves: no fault
    this.wake = () => {};         // ends the wait between two polls
    this.began = 0;
  }

  async run() {
    for (;;) {
      if (this.asleep) await this.rest(Infinity);
      try {
        await this.within((signal) => this.posts.check(signal));
        if (this.asleep) continue;
        const before = Date.now();
        // After a failure the first answer is to come at once: until then nobody knows.
        const wait = this.failures ? 0 : WAIT;
        const answer = await this.within((signal) => this.ask(wait, signal));
        this.take(answer);
        this.failures = 0;
        // A server that holds no poll must not be asked in a tight loop.
        const held = answer.events.length || !wait || Date.now() - before >= 1000;
        if (!held) await this.rest(1 + Math.random());
      } catch (error) {
        if (error instanceof Stop) return;
        if (!this.ended) await this.backOff(error);
      }
    }
  }

  /** Run something that can be ended, and is given up when it takes too long. */
  async within(run) {
    this.ended = false;
    this.abort = new AbortController();
    this.began = Date.now();
    const lost = setTimeout(() => this.abort.abort(), PATIENCE * 1000);
    try {
      return await run(this.abort.signal);
    } finally {
      clearTimeout(lost);
    }
  }

  async ask(wait, signal) {
    const query = new URLSearchParams({ channel: this.channel, cursor: this.cursor, wait });
    const response = await fetch(`/updates?${query}`, { signal, cache: "no-store" });
    if (response.status === 400) this.stop("This page can no longer be kept up to date.");
    if (!response.ok) throw failure(response);
    return await response.json();
  }

  /** For good. */
  stop(text) {
    this.say("stopped", "Not updating");
    this.posts.end(text);
    throw new Stop();
  }

  take(answer) {
    if (answer.verdict === "reset") this.reset();
    if (answer.verdict === "gap") this.posts.gap();
    this.posts.apply(answer.events);
    this.cursor = answer.cursor;
    this.listenToEdited(answer.events);
    this.say("live", "Live");
  }

  /** A new version of the post that this page is about: answers may name its new id. */
  listenToEdited(events) {
    const post = document.querySelector(".focus .post");
    if (!post || !events.some((event) => event.kind === "edit" && event.id === post.dataset.id)) return;
    const names = new Set([...this.channel.split(","), `thread:${post.dataset.id}`]);
    this.channel = [...names].join(",");
  }

  /** The server has another store now. Once: a page that comes back with it again says so instead. */
  reset() {
    if (!mayReload()) this.stop("This page is out of date.");
    location.reload();
    throw new Stop();
  }

  async backOff(error) {
    const [first, longest] = BACKOFF;
    const most = Math.min(longest, first * 2 ** this.failures);
    this.failures += 1;
    this.say("waiting", navigator.onLine ? "Reconnecting…" : "Offline");
    // Random, so that not all the browsers of a restarted server come back in the same second.
    const asked = Math.min(error.after ?? 0, 60);
    await this.rest(Math.max(asked, most) * (0.5 + Math.random() / 2) + asked / 2);
  }

  rest(seconds) {
    return new Promise((resolve) => {
      const timer = seconds === Infinity ? 0 : setTimeout(resolve, seconds * 1000);
      this.wake = () => { clearTimeout(timer); resolve(); };
    });
  }

  /** After sleep, a lost network or a visit elsewhere: a poll under way may hang on a dead line. */
  again() {
    this.asleep = false;
    this.wake();
    if (Date.now() - this.began > STALE) this.end();
  }

  sleep() {
    this.asleep = true;
    this.end();
  }

  end() {
    this.ended = true;
    this.abort?.abort();
  }
}

/** Whether this tab did not do so within the last minute. A browser may keep no notes for us. */
function mayReload() {
  try {
    const last = Number(sessionStorage.getItem("celebwire.reset"));
    sessionStorage.setItem("celebwire.reset", Date.now());
    return Date.now() - last > 60_000;
  } catch {
    return false;
  }
}

function start() {
  const posts = new Posts(list, onward);
  const text = panel.querySelector("[data-live-text]");
  const pause = panel.querySelector("[data-live-pause]");
  const title = document.title;
  let unseen = 0;

  const newer = document.createElement("button");
  newer.type = "button";
  newer.className = "newer";
  newer.hidden = true;
  newer.addEventListener("click", () => {
    scrollTo({ top: 0, behavior: "instant" });
  });
  document.body.append(newer);

  posts.onchange = (count) => {
    if (document.hidden || !posts.atTop) unseen += count;
    pause.textContent = posts.paused ? `Resume${posts.held.length ? ` (${posts.held.length})` : ""}` : "Pause";
    look();
  };

  function look() {
    if (!document.hidden && posts.atTop) unseen = 0;
    const above = unseen + (posts.paused ? 0 : posts.held.length);
    newer.hidden = above === 0 || posts.side !== "top" || posts.atTop;
    newer.textContent = above === 1 ? "↑ 1 new post" : `↑ ${above} new posts`;
    const counted = document.hidden && unseen ? `(${unseen}) ${title}` : title;
    if (document.title !== counted) document.title = counted;
  }

  // Without a word in its place, the place stays: nothing moves when the state changes.
  function say(state, words) {
    const nothing = state === "live" && list.dataset.new === "none";
    panel.dataset.state = nothing ? "quiet" : state;
    if (state === "stopped") posts.paused = false;
    if (text.textContent !== words || nothing) text.textContent = nothing ? "" : words;
  }

  pause.addEventListener("click", () => {
    posts.paused = !posts.paused;
    posts.steadily(() => posts.show());
  });
  addEventListener("scroll", () => {
    if (posts.held.length) posts.steadily(() => posts.show());
    else look();
  }, { passive: true });

  const poll = new Poll(list, posts, say);
  addEventListener("online", () => poll.again());
  addEventListener("pageshow", (event) => { if (event.persisted) poll.again(); });
  addEventListener("pagehide", () => poll.sleep());
  let away = 0;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(away);
    if (document.hidden) {
      // A browser has six connections for a site: tabs out of sight must not hold them.
      away = setTimeout(() => poll.sleep(), HIDDEN * 1000);
      return;
    }
    tellTimes(document);
    look();
    poll.again();
  });
  pause.hidden = list.dataset.new === "none";
  say("live", "Live");
  poll.run();
}

if (list) start();
