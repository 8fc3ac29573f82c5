// One's own comments, and those that name one, on a page that is the same for everybody. The forms
// for one's own come from its page.

import { PATIENCE, sendByScript } from "./forms.js";
import { buttonOf, say } from "./page.js";

const EDITABLE = 300_000;         // ms after writing

export class Own {
  constructor(comments) {
    this.comments = comments;
    this.name = document.querySelector("[data-me=known]").textContent;
    const name = this.name.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
    this.mention = new RegExp(`@${name}(?![\\p{L}\\p{N}_])`, "iu");
    comments.onrow = (row) => this.mark(row);
    for (const row of comments.all()) this.mark(row);
  }

  mark(row) {
    const find = (name) => row.querySelector(`:scope > article ${name}`);
    const isOwn = find(".name")?.textContent === this.name;
    row.toggleAttribute("data-own", isOwn);
    row.toggleAttribute("data-mention", !isOwn && this.mention.test(find(".text")?.textContent));
    if (!isOwn || find(".actions button")) return;
    const isOld = Date.parse(find("time").dateTime) + EDITABLE < Date.now();
    const button = buttonOf(isOld ? say("Delete") : say("Edit or delete"), () => this.open(row, button));
    button.setAttribute("aria-describedby", `${row.id}-name`);
    find(".actions").append(" ", button);
  }

  async open(row, button) {
    const there = row.querySelector(":scope > .change");
    if (there) {
      there.hidden = !there.hidden;  // with what is typed in it
      return;
    }
    button.disabled = true;
    const forms = await formsOf(row.id).catch(() => []);
    button.disabled = false;
    if (!forms.length) {
      location.assign(`/comments/${row.id}`);
      return;
    }
    const place = document.createElement("div");
    place.className = "change";
    place.append(...forms);
    row.querySelector("article").after(place);
    for (const form of forms) {
      const kind = form.action.endsWith("/delete") ? "comment_delete" : "comment_edit";
      sendByScript(form, ({ html }) => {
        place.remove();
        this.comments.apply([{ kind, id: row.id, html }]);
      });
    }
    place.querySelector("textarea, button").focus();
  }
}

async function formsOf(id) {
  const response = await fetch(`/comments/${id}`, { signal: AbortSignal.timeout(PATIENCE) });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return page.querySelectorAll("[action$='/edit'], [action$='/delete']");
}
