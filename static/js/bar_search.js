// Questions like the one that is typed into the bar, a key away; Enter alone searches, as it does without a script.

import { Combobox, make } from "./combobox.js";

const SHORTEST = 3; // letters; Chinese says as much in two
const CHINESE = /[\u3400-\u9fff\uf900-\ufaff]/;

class BarSearch extends Combobox {
  constructor(form) {
    const input = form.elements.namedItem("q");
    input.type = "text"; // a search field may not be a combobox
    input.enterKeyHint = "search";
    super(input, JSON.parse(form.dataset.words), form);
    this.url = form.dataset.suggest;
    form.addEventListener("submit", () => this.close());
  }

  async asked(signal) {
    const typed = this.input.value.trim().slice(0, 200);
    if (typed.length < (CHINESE.test(typed) ? 2 : SHORTEST) || typed.includes(":")) return null;
    return (await this.fetched(`${this.url}?${new URLSearchParams({ q: typed })}`, signal)).questions;
  }

  option({ title, url, is_solved }) {
    const option = make("li", { "data-url": url });
    option.append(make("span", { class: "suggestion-title", dir: "auto" }, title));
    if (is_solved) option.append(make("span", { class: "suggestion-note" }, this.words.solved));
    return option;
  }

  taken(option) {
    location.assign(option.dataset.url);
  }
}

document.querySelectorAll("form[data-suggest]").forEach((form) => new BarSearch(form));
