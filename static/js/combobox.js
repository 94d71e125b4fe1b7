// An ARIA combobox over a text field: a list of options below it, led by keys or by a pointer.
// Who extends it says where they come from (`asked`, a list or null), how one looks (`option`), what taking it does (`taken`).

const PAUSE = 150; // ms after the last key

export function make(name, attributes, text = "") {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
}

export class Combobox {
  constructor(input, words, frame) {
    this.input = input;
    this.words = words;
    this.at = -1;
    this.list = make("ul", { class: "suggestions", role: "listbox", id: `${input.id}-list`, hidden: "", "aria-label": input.labels[0].textContent });
    this.state = make("span", { class: "visually-hidden", role: "status" });
    frame.append(this.list, this.state);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id })) {
      input.setAttribute(name, value);
    }
    input.addEventListener("input", () => this.wait());
    input.addEventListener("keydown", (event) => this.press(event));
    input.addEventListener("blur", () => this.close());
    this.list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    this.list.addEventListener("click", (event) => this.take(event.target.closest("[role=option]")));
  }

  wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), PAUSE);
  }

  async ask() {
    this.asking?.abort();
    this.asking = new AbortController();
    try {
      const found = await this.asked(this.asking.signal);
      if (!found) this.close();
      else if (document.activeElement === this.input) this.show(found);
    } catch {
      this.close(); // the field works without suggestions
    }
  }

  async fetched(url, signal) {
    const response = await fetch(url, { headers: { Accept: "application/json" }, signal });
    return response.json();
  }

  show(found) {
    this.list.replaceChildren(
      ...found.map((one, place) => {
        const option = this.option(one);
        for (const [name, value] of Object.entries({ role: "option", id: `${this.list.id}-${place}`, "aria-selected": "false" })) option.setAttribute(name, value);
        return option;
      }),
    );
    this.at = -1;
    this.input.removeAttribute("aria-activedescendant");
    this.list.hidden = !found.length;
    this.input.setAttribute("aria-expanded", String(found.length > 0));
    this.state.textContent = found.length ? this.words.count.replace("{n}", found.length) : this.words.none;
  }

  close() {
    clearTimeout(this.timer);
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
    if (option) this.taken(option);
  }
}
