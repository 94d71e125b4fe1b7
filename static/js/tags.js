// Tags suggested while one is typed: an ARIA combobox over a plain text field that holds several.

const SEPARATOR = /[\s,，、]/;
const PAUSE = 150;

function make(name, attributes, text = "") {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
}

class Suggestions {
  constructor(root) {
    this.input = root.querySelector("input");
    this.url = root.dataset.url;
    this.words = JSON.parse(root.dataset.words);
    this.at = -1;
    this.list = make("ul", { class: "suggestions", role: "listbox", id: `${this.input.id}-list`, hidden: "", "aria-label": this.input.labels[0].textContent });
    this.state = make("span", { class: "visually-hidden", role: "status" });
    const frame = make("div", { class: "suggestions-frame" });
    this.input.replaceWith(frame);
    frame.append(this.input, this.list, this.state);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id })) {
      this.input.setAttribute(name, value);
    }
    this.input.addEventListener("input", () => this.wait());
    this.input.addEventListener("keydown", (event) => this.press(event));
    this.input.addEventListener("blur", () => this.close());
    this.list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    this.list.addEventListener("click", (event) => this.take(event.target.closest("[role=option]")));
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

  wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), PAUSE);
  }

  async ask() {
    const { typed } = this.place();
    this.asking?.abort();
    if (!typed) return this.close();
    this.asking = new AbortController();
    try {
      const options = { headers: { Accept: "application/json" }, signal: this.asking.signal };
      const response = await fetch(`${this.url}?q=${encodeURIComponent(typed)}`, options);
      const known = this.input.value.split(SEPARATOR);
      const { tags } = await response.json();
      if (document.activeElement === this.input) this.show(tags.filter(({ tag }) => tag === typed || !known.includes(tag)));
    } catch {
      this.close(); // the field works without suggestions
    }
  }

  show(tags) {
    this.list.replaceChildren(
      ...tags.map(({ tag, count }, place) => {
        const option = make("li", { role: "option", id: `${this.list.id}-${place}`, "aria-selected": "false", "data-value": tag }, tag);
        option.append(make("span", { class: "tag-count" }, count.toLocaleString(document.documentElement.lang)));
        return option;
      }),
    );
    this.at = -1;
    this.input.removeAttribute("aria-activedescendant");
    this.list.hidden = !tags.length;
    this.input.setAttribute("aria-expanded", String(tags.length > 0));
    this.state.textContent = tags.length ? this.words.count.replace("{n}", tags.length) : this.words.none;
  }

  close() {
    this.asking?.abort();
    if (!this.list.hidden) this.show([]);
    this.state.textContent = "";
  }

  press(event) {
    if (this.list.hidden || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.go(step);
    else if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && this.at >= 0) this.take(this.list.children[this.at]);
    else return;
    event.preventDefault();
  }

  go(step) {
    const options = [...this.list.children];
    this.at = this.at < 0 && step < 0 ? options.length - 1 : (this.at + step + options.length) % options.length;
    options.forEach((option, place) => option.setAttribute("aria-selected", String(place === this.at)));
    this.input.setAttribute("aria-activedescendant", options[this.at].id);
    options[this.at].scrollIntoView({ block: "nearest" });
  }

  take(option) {
    if (!option) return;
    const { start, end } = this.place();
    this.input.setRangeText(`${option.dataset.value} `, start, end, "end");
    this.close();
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

document.querySelectorAll("[data-tags]").forEach((root) => new Suggestions(root));
