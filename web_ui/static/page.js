// What all parts of a page share: its words, its times, its rows.
//
// Every word that the scripts show is found by its English text, in the language of the page:
//
//   say("%(count)s new posts.", { count: 3 })
//
// The page brings the words (web_ui/visitors/script_words.py). Cards that come by updates were made
// once for everybody, in English: what is the site's own in them is marked with data-t.

const given = document.querySelector("[data-words]");
const words = given ? JSON.parse(given.textContent) : {};
const ATTRIBUTES = ["aria-label", "title", "alt"];

export const language = document.documentElement.lang || "en";
/** The visitor's own form of the page's language: dates of en-GB differ from those of en-US. */
export const locale = navigator.languages.find((name) => name.split("-")[0] === language.split("-")[0]) ?? language;

const numbers = new Intl.NumberFormat(locale);

export function say(english, values = {}) {
  const shown = (value) => (typeof value === "number" ? numbers.format(value) : value);
  return (words[english] ?? english).replace(/%\((\w+)\)s/g, (whole, name) => shown(values[name]) ?? whole);
}

/** Put the site's own words in a card that came by an update into the page's language. */
export function translate(root) {
  if (language === "en") return;
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = say(element.textContent);
  for (const name of ATTRIBUTES) {
    for (const element of root.querySelectorAll(`[data-t-${name}]`)) {
      element.setAttribute(name, say(element.getAttribute(name)));
    }
  }
}

// Times: in the words of the page, so that nothing moves when the script comes; only what is absolute
// is in the visitor's own time zone instead of UTC.

const MONTHS = [say("Jan"), say("Feb"), say("Mar"), say("Apr"), say("May"), say("Jun"), say("Jul"), say("Aug"), say("Sep"), say("Oct"), say("Nov"), say("Dec")];
const [MINUTE, HOUR, DAY, WEEK] = [60, 3600, 86_400, 7 * 86_400];
const long = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "medium" });

export function ago(date, now = Date.now()) {
  const seconds = (now - date) / 1000;
  if (seconds < MINUTE) return say("just now");
  if (seconds < HOUR) return say("%(count)s min ago", { count: Math.floor(seconds / MINUTE) });
  if (seconds < DAY) return say("%(count)s hr ago", { count: Math.floor(seconds / HOUR) });
  if (seconds < 2 * DAY) return say("1 day ago");
  if (seconds < WEEK) return say("%(count)s days ago", { count: Math.floor(seconds / DAY) });
  return day(date);
}

function day(date) { return `${date.getDate()} ${MONTHS[date.getMonth()]} ${date.getFullYear()}`; }

function exact(date) {
  const [hour, minute] = [date.getHours(), date.getMinutes()].map((part) => String(part).padStart(2, "0"));
  return `${day(date)}, ${hour}:${minute}`;
}

export function tellTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const date = new Date(time.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    const text = time.closest(".focus") ? exact(date) : ago(date);
    if (time.textContent !== text) time.textContent = text;
    time.title = long.format(date);
  }
}

export function keepTimes() {
  tellTimes(document);
  const again = () => { if (!document.hidden) tellTimes(document); };
  setInterval(again, 30_000);
  document.addEventListener("visibilitychange", again);
}

// A portrait that does not come would lie over the initials that stand in for it, as a broken picture.

const PORTRAIT = ".avatar img";

document.addEventListener("error", ({ target }) => { if (target.matches?.(PORTRAIT)) target.remove(); }, true);
for (const image of document.querySelectorAll(PORTRAIT)) {
  if (image.complete && !image.naturalWidth) image.remove();
}

/** The element that a piece of HTML from the site is, its words and times as this page has them. */
export function elementOf(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  translate(holder.content);
  tellTimes(holder.content);
  return holder.content.firstElementChild;
}

// Rows of lists: changes that do not move what the reader looks at, and rows that are no posts.

export const ROWS = ".post, .comment";

/** Change the page without moving what the reader looks at. */
export function steadily(change) {
  const inSight = [];
  for (const row of document.querySelectorAll(ROWS)) {
    const { top, bottom } = row.getBoundingClientRect();
    if (top > innerHeight) break;
    // Of a discussion's branch, the comment at its top.
    if (bottom > 0) inSight.push([row, top]);
  }
  change();
  const kept = inSight.find(([row, top]) => row.isConnected && top >= 0) ?? inSight.find(([row]) => row.isConnected);
  if (kept) scrollBy({ top: kept[0].getBoundingClientRect().top - kept[1], behavior: "instant" });
}

export function gapRow(load) {
  const row = rowOf("gap", say("Some posts are not shown here."), say("Load them"), () => load(row));
  return row;
}

export function endRow(text) {
  return rowOf("ended", text, say("Load the newest"), () => { scrollTo(0, 0); location.reload(); });
}

function rowOf(kind, text, action, run) {
  const row = document.createElement("li");
  row.className = `missed ${kind}`;
  const words = document.createElement("span");
  words.textContent = text;
  row.append(words, buttonOf(action, run));
  return row;
}

export function buttonOf(text, run) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.addEventListener("click", run);
  return button;
}

/** The position of the nearest post before or after a row, if there is one. */
export function near(row, direction) {
  let other = row[direction];
  while (other && !other.matches(".post")) other = other[direction];
  return other ? Number(other.dataset.position) : undefined;
}
