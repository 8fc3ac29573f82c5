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

const HIDDEN = 10;                // seconds out of sight after which a page stops asking
const WAIT = 25;                  // seconds the server may hold a poll
const PATIENCE = WAIT + 10;       // seconds after which a poll that is not answered is lost
const STALE = 5_000;              // ms after which a poll is begun anew when the page wakes up
const BACKOFF = [0.5, 30];        // seconds: first and longest
const SHOWN = 500;                // posts kept; those out of sight at the bottom leave first
const FULL = 1500;                // posts shown at most while the reader is far down
const HELD = 500;                 // newer posts kept back while paused or full; past it, a gap

const list = document.querySelector("[data-cursor]");
const pager = document.querySelector("[data-older]");
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
  constructor(list, older) {
    this.list = list;
    this.older = older;
    this.side = list.dataset.new;
    this.paused = false;
    this.held = [];               // cards that wait, newest last
    this.onchange = () => {};
  }

  /** Whether the beginning of the list is in sight: then new posts may push the others down. */
  get atTop() { return this.list.getBoundingClientRect().top >= 0; }

  get mayShow() { return !this.paused && (this.atTop || this.list.children.length < FULL); }

  /** The posts of the page that an event is about; held ones and those beside the list too. */
  find(chain, id) {
    const of = (card) => card.dataset.chain === chain || card.dataset.id === id;
    return [...document.querySelectorAll(".post"), ...this.held].filter(of);
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
    } else if (old.isConnected) {
      if (!sameCard(old, card)) old.replaceWith(card);
    } else {
      this.held[this.held.indexOf(old)] = card;
    }
  }

  remove(event) {
    for (const card of this.find(event.chain ?? event.id, event.id)) {
      if (card.closest(".focus")) document.querySelector("[data-gone]").hidden = false;
      (card.closest(".focus") ?? card).remove();
      this.held = this.held.filter((other) => other !== card);
    }
  }

  forget() {
    this.held = [];
    this.list.replaceChildren();
  }

  hold(card) {
    this.held.push(card);
    if (this.held.length > HELD) {
      this.held.splice(0, this.held.length - HELD);
      if (!this.held[0].matches(".missed")) this.held[0] = missedRow("Some posts are not shown.");
    }
  }

  /** Put what is held on the page, if it may be shown now. */
  show() {
    if (this.mayShow && this.held.length) {
      const cards = this.held;
      this.held = [];
      for (const card of cards) card.classList.add("fresh");
      if (this.side === "bottom") this.list.append(...cards);
      else this.list.prepend(...cards.reverse());
      if (this.side === "top") this.trim();
      this.onchange(cards.length);
    } else {
      this.onchange(0);
    }
  }

  /** Forget the oldest posts that are out of sight; 'Older posts' then begins with them. */
  trim() {
    const over = [...this.list.children].slice(SHOWN);
    const far = over.filter((card) => card.getBoundingClientRect().top > 3 * innerHeight);
    for (const card of far) card.remove();
    const { position } = this.list.lastElementChild.dataset;
    if (far.length && position) {
      this.older.href = `?before=${position}`;
      this.older.hidden = false;
    }
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

  /** Say in its place in the list that something is missing there. */
  mark(text) {
    this.held.push(missedRow(text));
    this.steadily(() => this.show());
  }
}

function missedRow(text) {
  const row = document.createElement("li");
  row.className = "missed";
  const words = document.createElement("span");
  words.textContent = text;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Load the newest";
  button.addEventListener("click", () => { scrollTo(0, 0); location.reload(); });
  row.append(words, button);
  return row;
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
        const before = Date.now();
        const answer = await this.ask();
        this.take(answer);
        this.failures = 0;
        // A server that holds no poll must not be asked in a tight loop.
        if (!answer.events.length && Date.now() - before < 1000) await this.rest(1 + Math.random());
      } catch (error) {
        if (error instanceof Stop) return;
        if (!this.ended) await this.backOff(error);
      }
    }
  }

  async ask() {
    this.ended = false;
    this.abort = new AbortController();
    this.began = Date.now();
    const lost = setTimeout(() => this.abort.abort(), PATIENCE * 1000);
    const query = new URLSearchParams({ channel: this.channel, cursor: this.cursor, wait: WAIT });
    try {
      const response = await fetch(`/updates?${query}`, { signal: this.abort.signal, cache: "no-store" });
      if (response.status === 400) {
        this.say("stopped", "Live updates stopped");
        this.posts.mark("This page can no longer be kept up to date.");
        throw new Stop();
      }
      if (!response.ok) {
        const error = new Error(`HTTP ${response.status}`);
        error.after = Number(response.headers.get("Retry-After")) || 0;
        throw error;
      }
      return await response.json();
    } finally {
      clearTimeout(lost);
    }
  }

  take(answer) {
    if (answer.verdict === "reset") {
      this.reset();
      throw new Stop();
    }
    if (answer.verdict === "gap") {
      // Among what was missed may be the delete of a post that is shown: none of them can stay.
      this.posts.forget();
      this.posts.mark("Some posts were missed while you were away.");
    }
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
    const last = Number(sessionStorage.getItem("celebwire.reset"));
    sessionStorage.setItem("celebwire.reset", Date.now());
    if (Date.now() - last > 60_000) {
      location.reload();
    } else {
      this.say("stopped", "Live updates stopped");
      this.posts.mark("This page is out of date.");
    }
  }

  async backOff(error) {
    const [first, longest] = BACKOFF;
    const most = Math.min(longest, first * 2 ** this.failures);
    this.failures += 1;
    this.say("waiting", navigator.onLine ? "Reconnecting…" : "You are offline");
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

function start() {
  const posts = new Posts(list, pager);
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

  function say(state, words) {
    panel.dataset.state = state;
    panel.hidden = state === "live" && posts.side === "none";
    if (state === "stopped") {
      posts.paused = false;
      pause.hidden = true;
    }
    if (text.textContent !== words) text.textContent = words;
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
  pause.hidden = posts.side === "none";
  say("live", "Live");
  poll.run();
}

if (list) start();
