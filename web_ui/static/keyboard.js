// The keyboard alone is enough: ? tells how. And a tap anywhere on a post opens it.

import { buttonOf, elementOf, ROWS, say } from "./page.js";

const OFF = "celebwire.keys-off";
const NOT_A_TAP = "a, button, input, textarea, select, summary, label, form, .media";
const LEAVING = 10_000;           // ms after which no other page has come, and the keys work again

const KEYS = {
  j: [() => go(1), () => say("Next post")],
  k: [() => go(-1), () => say("Previous post")],
  o: [() => open(), () => say("Open the post")],
  n: [() => newest(), () => say("New posts")],
  p: [() => document.querySelector("[data-live-pause]:not([hidden])")?.click(), () => say("Pause or go on")],
  "/": [() => search(), () => say("Search")],
  "?": [() => help(), () => say("This help")],
};

export function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    if (leaving || event.defaultPrevented || event.isComposing || isTyping(event) || isOff()) return;
    const key = event.key === "Enter" && event.target.matches(ROWS) ? "o" : event.key;
    const [run] = KEYS[key] ?? [];
    if (!run) return;
    event.preventDefault();
    run();
  });
  const button = buttonOf(say("Keyboard shortcuts"), help);
  button.className = "keys";
  document.querySelector("footer")?.append(button);
}

function isTyping({ target, ctrlKey, altKey, metaKey }) {
  return ctrlKey || altKey || metaKey
    || target.isContentEditable || target.closest("input, textarea, select, dialog") !== null;
}

/** Whoever speaks to their computer may want letters to do nothing (WCAG 2.1.4). */
function isOff() {
  try { return localStorage.getItem(OFF) !== null; } catch { return false; }
}

function setOff(off) {
  try {
    if (off) localStorage.setItem(OFF, "1");
    else localStorage.removeItem(OFF);
  } catch { /* then for this page only is not to be had */ }
}

function go(step) {
  const rows = [...document.querySelectorAll(ROWS)].filter((row) => row.getClientRects().length);
  const at = rows.indexOf(document.activeElement.closest(ROWS));
  const inSight = rows.findIndex((row) => row.getBoundingClientRect().bottom > innerHeight / 4);
  const next = rows[at < 0 ? inSight : at + step];
  if (!next) return;
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "start", behavior: "instant" });
}

function open() {
  document.activeElement.closest(ROWS)?.querySelector(".talk, .comment .when")?.click();
}

function newest() {
  const newer = document.querySelector("[data-newer]");
  if (newer) newer.click();
  else scrollTo({ top: 0, behavior: "instant" });
}

let leaving = false;              // for the search: what is typed already is meant for it

function search() {
  const field = document.querySelector("input[type=search]");
  if (field) {
    field.focus();
    return;
  }
  leaving = true;
  setTimeout(() => { leaving = false; }, LEAVING);
  location.assign("/search");
}

export function openByTap() {
  document.documentElement.dataset.taps = "";
  for (const type of ["click", "auxclick"]) document.addEventListener(type, tap);
}

function tap({ target, button, ctrlKey, metaKey, shiftKey }) {
  const link = target.closest(".posts:not(.focus) > .post")?.querySelector(".talk");
  if (!link || button > 1 || target.closest(NOT_A_TAP) || !getSelection().isCollapsed) return;
  if (button || ctrlKey || metaKey || shiftKey) window.open(link.href, "_blank", "noopener");
  else link.click();
}

let dialog = null;

function help() {
  dialog ??= helpDialog();
  dialog.showModal();
}

function helpDialog() {
  const made = document.createElement("dialog");
  made.className = "help";
  const title = document.createElement("h2");
  title.id = "keys";
  title.textContent = say("Keyboard shortcuts");
  made.setAttribute("aria-labelledby", title.id);
  const list = document.createElement("dl");
  for (const [key, [, words]] of Object.entries(KEYS)) list.append(line(key, words()));
  list.append(line("Esc", say("Close, or cancel")));
  if (document.querySelector(".chat")) list.append(line("⇧⏎", say("In a room: a new line; Enter sends")));
  const close = buttonOf(say("Close"), () => made.close());
  close.autofocus = true;
  made.append(title, list, onOff(), close);
  document.body.append(made);
  return made;
}

function line(key, words) {
  const group = elementOf("<div><dt><kbd></kbd></dt><dd></dd></div>");
  group.querySelector("kbd").textContent = key;
  group.querySelector("dd").textContent = words;
  return group;
}

function onOff() {
  const label = document.createElement("label");
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = !isOff();
  box.addEventListener("change", () => setOff(!box.checked));
  label.append(box, ` ${say("Use these keys")}`);
  return label;
}
