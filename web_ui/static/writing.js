// Writing a comment: it stands on the page at once, and settles when the site's answer or its event
// comes; or it says that it failed, and can be sent again, with the same nonce, so that the site never
// stores it twice. What is typed is kept.

import { named, NotTaken, PATIENCE, send, tell } from "./forms.js";
import { buttonOf, elementOf, say } from "./page.js";

const ENTRIES = 50;               // drafts kept, and as many comments that have not settled
const DAYS = 7;                   // for which

/** What the browser keeps for a visitor. It may refuse to keep anything: then nothing is kept. */
class Kept {
  constructor(name) { this.name = `celebwire.${name}`; }

  all() {
    try {
      const since = Date.now() - DAYS * 86_400_000;
      const entries = JSON.parse(localStorage.getItem(this.name)) ?? [];
      return entries.filter(({ at }) => at > since);
    } catch {
      return [];
    }
  }

  get(key) { return this.all().find((entry) => entry.key === key)?.value; }

  /** An empty value is forgotten. */
  set(key, value) {
    const others = this.all().filter((entry) => entry.key !== key);
    const entries = value ? [{ key, value, at: Date.now() }, ...others].slice(0, ENTRIES) : others;
    try {
      if (entries.length) localStorage.setItem(this.name, JSON.stringify(entries));
      else localStorage.removeItem(this.name);
    } catch { /* full, or not allowed */ }
  }
}

const drafts = new Kept("drafts");
const unsent = new Kept("unsent");

export class Writing {
  constructor(form, comments) {
    this.form = form;
    this.comments = comments;
    this.fields = form.elements;
    this.answering = form.querySelector("[data-answering]");
    this.home = document.createComment("");
    form.before(this.home);
    this.pending = new Map();     // by nonce: {row, fields}
    comments.onnew = (comment) => this.claim(comment);
    comments.onremove = (comment) => { if (this.fields.parent.value === comment.id) this.answer(null); };
    this.listen();
    if (!this.fields.text.value.trim()) this.recall();
    this.resume();
  }

  listen() {
    const { form } = this;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    form.addEventListener("input", () => {
      const { text } = this.fields;
      drafts.set(this.key, text.value.trim() && text.value);
      // Where the stylesheet cannot do it.
      if (this.comments.isRoom) text.rows = Math.min(6, text.value.split("\n").length);
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.fields.parent.value) this.answer(null);
      if (event.key === "Enter" && this.sends(event)) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    form.querySelector("[data-cancel]")?.addEventListener("click", (event) => {
      event.preventDefault();
      this.answer(null);
    });
    this.comments.list.addEventListener("click", (event) => {
      const link = event.target.closest(".answer");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.answer(link.closest("[data-comment]"));
    });
  }

  /** Whether Enter sends: in a room, where a keyboard has another for a new line. */
  sends({ ctrlKey, metaKey, shiftKey, isComposing, keyCode, target }) {
    const composes = isComposing || keyCode === 229;  // Safari's Enter at the end of a word
    return ctrlKey || metaKey || this.comments.isRoom && target === this.fields.text
      && !shiftKey && !composes && matchMedia("(pointer: fine)").matches;
  }

  // What it answers, and the draft of that.

  get key() { return `${location.pathname} ${this.fields.parent.value}`; }

  recall() { this.fields.text.value = drafts.get(this.key) ?? ""; }

  /** Answer a comment, its form right below it; null: no longer. */
  answer(comment) {
    const before = this.fields.parent.value && this.comments.find(this.fields.parent.value);
    const { isRoom } = this.comments;
    this.fields.parent.value = comment?.id ?? "";
    this.answering.hidden = !comment;
    tell(this.form, "");
    const name = comment?.querySelector(".name").textContent ?? "";
    this.form.querySelector("[data-answered]").textContent = name;
    if (comment && !isRoom) comment.querySelector(":scope > article").after(this.form);
    else if (this.home.nextSibling !== this.form) this.home.after(this.form);
    this.recall();
    // A room is flat: the text says whom it answers.
    if (comment && isRoom && !this.fields.text.value) this.fields.text.value = `@${name} `;
    if (comment) this.fields.text.focus();
    else before?.querySelector(".answer")?.focus();
  }

  // Sending.

  submit() {
    const fields = Object.fromEntries(new FormData(this.form));
    if (!fields.text.trim()) return;
    this.fields.text.value = "";
    this.form.dispatchEvent(new Event("input"));
    this.fields.nonce.value = newNonce();
    tell(this.form, "");
    const row = this.show(fields);
    if (fields.parent) this.answer(null);
    if (!fields.parent || this.comments.isRoom) this.fields.text.focus();
    if (this.comments.isRoom) this.comments.toEnd();
    this.deliver(row, fields);
  }

  /** Show a comment of one's own that has not settled. */
  show(fields) {
    const row = pendingRow(fields.text, this.name(fields));
    const parent = fields.parent && !this.comments.isRoom ? this.comments.find(fields.parent) : null;
    (parent?.querySelector(":scope > .answers") ?? parent?.parentElement ?? this.comments.list).append(row);
    this.pending.set(fields.nonce, { row, fields });
    return row;
  }

  name({ name }) {
    return name ?? this.fields.name?.value ?? document.querySelector("[data-me]").textContent;
  }

  async deliver(row, fields) {
    state(row, say("Sending…"));
    this.keep(fields, { failed: false });
    try {
      const { html, name } = await send(this.form.action, { ...fields, _xsrf: this.fields._xsrf.value });
      this.comments.steadily(() => {
        this.settle(fields.nonce);
        this.comments.put(elementOf(html), true, true);
      });
      named(name);
    } catch (error) {
      if (!(error instanceof NotTaken)) throw error;
      if (this.pending.has(fields.nonce)) this.fail(row, fields, error);
    }
  }

  keep({ nonce, parent, text }, { failed }) {
    unsent.set(`${location.pathname} ${nonce}`, { parent, text, failed });
  }

  fail(row, fields, error) {
    this.keep(fields, { failed: true });
    const isFree = !this.fields.text.value.trim();
    if (error.again || !isFree && !error.byPage) {
      state(row, error.message || say("It could not be sent just now."), [
        buttonOf(say("Try again"), () => this.deliver(row, { ...Object.fromEntries(new FormData(this.form)), ...fields })),
        buttonOf(say("Discard"), () => this.settle(fields.nonce)),
      ]);
      return;
    }
    // Other words are wanted, or another page is: what was written goes back into the form.
    this.settle(fields.nonce);
    if (fields.parent) this.answer(this.comments.find(fields.parent));
    this.fields.text.value = fields.text;
    drafts.set(this.key, fields.text);
    if (error.byPage) {
      this.fields.nonce.value = fields.nonce;
      this.form.submit();
    } else {
      tell(this.form, error.message);
      this.fields.text.focus();
    }
  }

  settle(nonce) {
    this.pending.get(nonce)?.row.remove();
    this.pending.delete(nonce);
    unsent.set(`${location.pathname} ${nonce}`, null);
  }

  /** Whether a comment that has come is one's own; then it settles. */
  claim(comment) {
    const text = plain(comment.querySelector(".text")?.textContent ?? "");
    const name = comment.querySelector(".name")?.textContent;
    for (const [nonce, { fields }] of this.pending) {
      if (plain(fields.text) === text && this.name(fields).trim() === name) {
        this.settle(nonce);
        return true;
      }
    }
    return false;
  }

  /** What had not settled when the page was left. What another tab may be sending is given its time. */
  resume() {
    const here = `${location.pathname} `;
    for (const { key, value, at } of unsent.all().reverse()) {
      if (!key.startsWith(here)) continue;
      const wait = value.failed ? 0 : at + PATIENCE - Date.now();
      if (wait > 0) setTimeout(() => this.take(key), wait);
      else this.take(key);
    }
  }

  take(key) {
    const value = unsent.get(key);
    const nonce = key.split(" ").at(-1);
    if (!value || this.pending.has(nonce)) return;
    const fields = { parent: value.parent, text: value.text, nonce };
    this.fail(this.show(fields), fields, new NotTaken(say("This was not sent."), { again: true }));
  }
}

function pendingRow(text, name) {
  const row = elementOf(`<li class="comment pending"><article><header><bdi class="name"></bdi></header>
    <p class="text" dir="auto"></p><p class="actions" role="status"></p></article></li>`);
  row.querySelector(".name").textContent = name;
  row.querySelector(".text").textContent = text.trim();
  return row;
}

function state(row, words, buttons = []) {
  row.classList.toggle("failed", buttons.length > 0);
  const text = document.createElement("span");
  text.textContent = words;
  row.querySelector(".actions").replaceChildren(text, ...buttons);
}

const plain = (text) => text.normalize("NFC").replace(/\s+/g, " ").trim();

/** crypto.randomUUID is for https only; a site at home may have none. */
function newNonce() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
