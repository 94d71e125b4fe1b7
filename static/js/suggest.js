// Similar questions while a title is typed. The links open beside the page, so that the draft stays where it is.
// The page works without: a button asks for them, and shows them below the title.

const WAIT = 250; // ms after the last key
const SHORTEST = 3; // letters; Chinese says as much in two
const CHINESE = /[\u3400-\u9fff\uf900-\ufaff]/;

class Suggestions {
  constructor(input) {
    this.input = input;
    this.list = document.querySelector(input.dataset.suggestTarget);
    if (!this.list) return;
    this.before = [...this.list.childNodes];
    this.list.removeAttribute("aria-live"); // the count is enough to hear; the list can be read
    this.status = document.createElement("p");
    this.status.className = "visually-hidden";
    this.status.setAttribute("role", "status");
    this.list.after(this.status);
    input.addEventListener("input", () => this.soon());
    this.product()?.addEventListener("change", () => this.soon());
    if (input.value.trim() && !this.list.querySelector("[data-count]")) this.soon(); // a browser filled it in again
  }

  product() {
    return this.input.form?.elements.namedItem("product");
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), WAIT);
  }

  async look() {
    const title = this.input.value.trimStart().slice(0, 200);
    this.request?.abort();
    if (title.trim().length < (CHINESE.test(title) ? 2 : SHORTEST)) return this.show(this.before, "");
    this.request = new AbortController();
    const words = new URLSearchParams({ format: "html", q: title, product: this.product()?.value ?? "" });
    try {
      const response = await fetch(`${this.input.dataset.suggestUrl}?${words}`, { signal: this.request.signal });
      if (!response.ok) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const count = page.querySelector("[data-count]")?.dataset.count ?? "";
      this.show([...page.body.childNodes], count);
    } catch {
      // without a connection the list stays as it is; nothing that was typed depends on it
    }
  }

  show(nodes, count) {
    this.list.replaceChildren(...nodes);
    if (this.status.textContent !== count) this.status.textContent = count;
  }
}

for (const input of document.querySelectorAll("input[data-suggest-url]")) new Suggestions(input);
