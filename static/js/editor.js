// A Markdown field with toolbar, live preview, images and drafts. Without this module it is a plain text field.
import { keepDraft } from "./editor_draft.js";
import { takeImages } from "./editor_images.js";
import { fill, later, say } from "./editor_state.js";
import { tools } from "./editor_tools.js";

function usesKeys(editor, textarea) {
  textarea.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.isComposing) return;
    const name = { b: "bold", i: "italic", k: "link" }[event.key.toLowerCase()];
    if (name) {
      event.preventDefault();
      tools[name](textarea, editor.words);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const form = textarea.form;
      form.requestSubmit(form.querySelector("button[type=submit]:not([formaction], [name=preview])"));
    }
  });
}

// One stop for the Tab key; the arrows go from tool to tool.
function usesToolbar(editor, textarea, bar) {
  const buttons = [...bar.querySelectorAll("[data-tool]")];
  buttons.forEach((button, place) => {
    button.disabled = false;
    button.tabIndex = place ? -1 : 0;
    if (tools[button.dataset.tool]) {
      button.addEventListener("click", () => tools[button.dataset.tool](textarea, editor.words));
    }
  });
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -buttons.length, End: buttons.length }[event.key];
    const at = buttons.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    const next = buttons[Math.min(Math.max(at + step, 0), buttons.length - 1)];
    buttons[at].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}

function usesCounter(editor, textarea, counter) {
  const most = Number(textarea.dataset.most);
  const near = Math.min(most / 5, 1000);
  const count = () => {
    if (textarea.value.length < most - near) return say(counter, "");
    const left = most - [...textarea.value].length;
    const text = fill(left < 0 ? editor.words.over : editor.words.left, { n: Math.abs(left).toLocaleString(document.documentElement.lang) });
    say(counter, left > near ? "" : text, left < 0);
  };
  textarea.addEventListener("input", count);
  count();
}

// The server's own rendering, so that what is seen is what is posted. Asked for while the preview is open.
function usesPreview(editor, textarea, preview) {
  const shown = preview.querySelector("[data-shown]");
  let rendered = textarea.value;
  let asking;
  const tell = (text) => {
    const line = document.createElement("p");
    line.className = "quiet";
    line.textContent = text;
    shown.replaceChildren(line);
  };
  const ask = async () => {
    const text = textarea.value;
    if (!preview.open || text === rendered) return;
    asking?.abort();
    if (!text.trim()) return (rendered = text), tell(editor.words.empty);
    asking = new AbortController();
    try {
      const answer = await editor.send(editor.root.dataset.previewUrl, { body: text }, { signal: asking.signal });
      if (!answer.ok || !answer.data) throw new Error(answer.status);
      shown.innerHTML = answer.data.html; // cleaned by the server, as in the post itself
      rendered = text;
    } catch (error) {
      if (error.name !== "AbortError") tell(editor.words.notShown);
    }
  };
  textarea.addEventListener("input", later(ask, 400));
  preview.addEventListener("toggle", ask);
}

class Editor {
  constructor(root) {
    this.root = root;
    this.words = JSON.parse(root.dataset.words);
    this.textarea = root.querySelector("textarea");
    this.form = this.textarea.form;
    this.state = root.querySelector("[data-state]");
    usesToolbar(this, this.textarea, root.querySelector("[role=toolbar]"));
    usesKeys(this, this.textarea);
    usesCounter(this, this.textarea, root.querySelector("[data-count]"));
    usesPreview(this, this.textarea, root.querySelector("[data-preview]"));
    if (root.dataset.imagesUrl) takeImages(this);
    const draft = root.querySelector("[data-draft]");
    if (draft) keepDraft(this, draft);
  }

  // Sends a form's values; `data` is missing when something else answered, such as the page to sign in.
  async send(url, values, options = {}) {
    const body = new FormData();
    for (const [name, value] of Object.entries(values)) body.append(name, value);
    const headers = { Accept: "application/json", "X-CSRFToken": this.form.elements.csrf_token.value };
    const response = await fetch(url, { method: "POST", body, headers, credentials: "same-origin", ...options });
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
    return { ok: response.ok, status: response.status, data: isJson ? await response.json() : null };
  }
}

document.querySelectorAll("[data-editor]").forEach((root) => new Editor(root));
