// Keeps the page at the newest cursor, whatever becomes of the network.
//
// The long poll carries the page from the first moment. After the first good one a WebSocket is
// tried on the same cursor, beside the poll, which ends when the socket's first message has come.
// When the socket ends or falls silent, polls go on from the cursor that it left. Events that both
// bring are told by their seq, which only rises: each is taken once.

import { say } from "./page.js";
import { poll, Refused, Socket } from "./transports.js";

const HIDDEN = 10;                // seconds out of sight after which a page stops asking
const WAIT = 25;                  // seconds the server may hold a poll
const PATIENCE = WAIT + 10;       // seconds after which a poll that is not answered is lost
const STALE = 5_000;              // ms after which whatever waits is begun anew when the page wakes up
const QUIET = 45;                 // seconds without a message after which a socket is looked into
const TICK = 2_000;               // ms between looks at the clock
const SLEPT = 15_000;             // ms that the clock has jumped: the machine was asleep
const BACKOFF = [0.5, 30];        // seconds: first and longest pause after a failure
const CLIMB = [15, 600];          // seconds: first and longest pause after a socket that failed
const RETURN = 4;                 // seconds over which those who were sent away open their sockets
const STEADY = 60_000;            // ms that a socket must have lived to count as one that works
const STOPPING = 1001;            // the process stops: another one takes over
const MANY = 200;                 // events in an answer that say that there are more

export class Updates {
  /** `page`: `apply(events)`, `gap()`, `end(text)`, `unsure`, `check(signal)`; `show(state, text)`. */
  constructor({ channel, cursor }, page, show) {
    this.channel = channel;
    this.cursor = cursor;
    this.seq = 0;                 // of the newest event taken
    this.page = page;
    this.show = show;
    this.failures = 0;
    this.good = false;            // the last poll was answered
    this.socket = null;
    this.falls = 0;               // sockets in a row that did not work
    this.climbFrom = 0;           // when the next socket may be tried
    this.asleep = false;          // out of sight, or in the back/forward cache
    this.stopped = false;         // for good
    this.ended = false;           // the poll under way was ended by ourselves: no fault
    this.began = 0;
    this.wake = () => {};         // ends the wait between two polls
  }

  async run() {
    this.follow();
    while (!this.stopped) {
      try {
        if (this.asleep) await this.rest(Infinity);
        else if (this.page.unsure) await this.check();
        else if (this.socket?.proved) await this.listen(this.socket);
        else await this.poll();
      } catch (error) {
        if (error instanceof Refused) this.stop(say("This page can no longer be kept up to date."));
        else if (!this.ended && !this.stopped) await this.backOff(error);
      }
    }
  }

  async check() {
    this.show("behind", say("Catching up…"));
    await this.within((signal) => this.page.check(signal));
    this.show("live", say("Live"));
  }

  async poll() {
    // Until one was answered nobody knows: the first answer is to come at once.
    const wait = this.good ? WAIT : 0;
    const before = Date.now();
    const answer = await this.ask(wait);
    this.take(answer);
    this.failures = 0;
    this.good = true;
    this.climb();
    // A server that holds no poll must not be asked in a tight loop.
    const held = answer.events.length || !wait || Date.now() - before >= 1000;
    if (!held) await this.rest(1 + Math.random());
  }

  ask(wait) {
    return this.within((signal) => poll(this.channel, this.cursor, wait, signal));
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

  take(answer) {
    if (this.stopped) return;
    if (answer.verdict === "reset") {
      this.reset();
      return;
    }
    if (answer.verdict === "gap") this.page.gap();
    const fresh = answer.events.filter((event) => event.seq > this.seq);
    this.page.apply(fresh);
    this.cursor = answer.cursor;
    this.seq = fresh.at(-1)?.seq ?? this.seq;
    this.listenToEdited(fresh);
    const behind = answer.events.length >= MANY;
    this.show(behind ? "behind" : "live", behind ? say("Catching up…") : say("Live"));
  }

  /** A new version of the post that this page is about: answers may name its new id. */
  listenToEdited(events) {
    const post = document.querySelector(".focus .post");
    if (!post || !events.some((event) => event.kind === "edit" && event.id === post.dataset.id)) return;
    const names = new Set([...this.channel.split(","), `thread:${post.dataset.id}`]);
    this.channel = [...names].join(",");
    this.dropSocket();
  }

  // The socket.

  /** Try a socket when its time has come. */
  climb() {
    if (this.socket || this.climbing) return;
    this.climbing = setTimeout(() => {
      this.climbing = 0;
      if (this.socket || this.asleep || this.stopped || !this.good) return;
      const heard = (answer) => this.hear(socket, answer);
      const socket = new Socket(this.channel, this.cursor, heard, (code) => this.fall(socket, code));
      this.socket = socket;
    }, Math.max(0, this.climbFrom - Date.now()));
  }

  hear(socket, answer) {
    if (socket !== this.socket) return;
    this.take(answer);
    this.wake();
    if (socket.leads) return;
    socket.leads = true;
    this.end();                   // the poll that it takes over from
  }

  fall(socket, code) {
    if (socket !== this.socket) return;
    const worked = socket.proved && (code === STOPPING || Date.now() - socket.began > STEADY);
    this.falls = worked ? 0 : this.falls + 1;
    const [first, longest] = CLIMB;
    const pause = worked ? RETURN * Math.random()
      : Math.min(longest, first * 2 ** (this.falls - 1)) * (0.5 + Math.random() / 2);
    this.climbFrom = Date.now() + pause * 1000;
    if (socket.proved) this.good = false;
    this.socket = null;
    this.wake();
  }

  dropSocket() {
    if (this.socket?.proved) this.good = false;
    this.socket?.drop();
    this.socket = null;
    this.wake();
  }

  /** While a socket works. One that is silent for long may be dead without knowing: a poll tells. */
  async listen(socket) {
    const left = socket.heard + QUIET * 1000 - Date.now();
    if (left > 0) {
      await this.rest(left / 1000);
      return;
    }
    try {
      const answer = await this.ask(0);
      const isNews = answer.verdict !== "live" || answer.events.some(({ seq }) => seq > this.seq);
      socket.heard = Date.now();
      if (isNews) this.dropSocket();
      this.take(answer);
    } catch (error) {
      if (!this.ended) this.dropSocket();
      throw error;
    }
  }

  // The end of it, for a while or for good.

  stop(text) {
    this.stopped = true;
    this.dropSocket();
    this.show("stopped", say("Not updating"));
    this.page.end(text);
  }

  /** The server has another store now. Once: a page that comes back with it again says so instead. */
  reset() {
    if (!mayReload()) {
      this.stop(say("This page is out of date."));
      return;
    }
    this.stopped = true;
    this.dropSocket();
    location.reload();
  }

  async backOff(error) {
    const [first, longest] = BACKOFF;
    const most = Math.min(longest, first * 2 ** this.failures);
    this.failures += 1;
    this.good = false;
    this.show("waiting", navigator.onLine ? say("Reconnecting…") : say("Offline"));
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

  // What happens to the page and the machine it is on.

  follow() {
    addEventListener("online", () => this.again());
    addEventListener("offline", () => { this.dropSocket(); this.end(); });
    addEventListener("pageshow", (event) => { if (event.persisted) this.again(); });
    // An open socket would keep the page out of the back/forward cache.
    addEventListener("pagehide", () => this.sleep());
    let away = 0;
    document.addEventListener("visibilitychange", () => {
      clearTimeout(away);
      // A browser has six connections for a site: tabs out of sight must not hold them.
      if (document.hidden) away = setTimeout(() => this.sleep(), HIDDEN * 1000);
      else this.again();
    });
    let last = Date.now();
    setInterval(() => {
      // Out of sight, timers are slowed down for other reasons.
      if (!document.hidden && Date.now() - last > SLEPT) this.again();
      last = Date.now();
    }, TICK);
  }

  /** After sleep, a lost network or a visit elsewhere: whatever is under way may hang on a dead line. */
  again() {
    this.asleep = false;
    if (this.socket && Date.now() - Math.max(this.socket.heard, this.socket.began) > STALE) this.dropSocket();
    this.wake();
    if (Date.now() - this.began > STALE) this.end();
  }

  /** Whatever is waited for, there is something to be done before. */
  interrupt() {
    this.wake();
    this.end();
  }

  sleep() {
    this.asleep = true;
    this.dropSocket();
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
