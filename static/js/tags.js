// Tags suggested while one is typed: a combobox over a plain text field that holds several.

import { Combobox, make } from "./combobox.js";

const SEPARATOR = /[\s,，、]/;

class Tags extends Combobox {
  constructor(root) {
    const input = root.querySelector("input");
    const frame = make("div", { class: "suggestions-frame" });
    input.replaceWith(frame);
    frame.append(input);
    super(input, JSON.parse(root.dataset.words), frame);
    this.url = root.dataset.url;
    for (const tag of root.querySelectorAll("[data-tag]")) this.offer(tag);
  }

  // A tag that is often used becomes a button that adds it.
  offer(tag) {
    const button = make("button", { type: "button", class: "tag tag-button" }, tag.textContent);
    button.addEventListener("click", () => {
      const known = this.input.value.split(SEPARATOR).filter(Boolean);
      if (!known.includes(tag.textContent)) this.input.value = [...known, tag.textContent, ""].join(" ");
      this.input.dispatchEvent(new Event("input", { bubbles: true }));
      this.input.focus();
    });
    tag.replaceWith(button);
  }

  // Where the tag at the caret begins and ends.
  place() {
    const { value, selectionStart } = this.input;
    let start = selectionStart;
    let end = selectionStart;
    while (start > 0 && !SEPARATOR.test(value[start - 1])) start -= 1;
    while (end < value.length && !SEPARATOR.test(value[end])) end += 1;
    return { start, end, typed: value.slice(start, selectionStart) };
  }

  async asked(signal) {
    const { typed } = this.place();
    if (!typed) return null;
    const { tags } = await this.fetched(`${this.url}?q=${encodeURIComponent(typed)}`, signal);
    const known = this.input.value.split(SEPARATOR);
    return tags.filter(({ tag }) => tag === typed || !known.includes(tag));
  }

  option({ tag, count }) {
    const option = make("li", { "data-value": tag }, tag);
    option.append(make("span", { class: "tag-count" }, count.toLocaleString(document.documentElement.lang)));
    return option;
  }

  taken(option) {
    const { start, end } = this.place();
    this.input.setRangeText(`${option.dataset.value} `, start, end, "end");
    this.close();
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

document.querySelectorAll("[data-tags]").forEach((root) => new Tags(root));
