// The draft on the server: saved shortly after each change and when the page is left. What cannot be saved is kept in
// this browser and offered again. Each save says which version it began with, so no window overwrites another's unseen.
import { fill, later } from "./editor_state.js";

const NAMES = ["title", "body", "product", "tags"];
const PAUSE = 1500; // after the last key
const LEAST = 5000; // between two saves

const { lang } = document.documentElement;
const locale = navigator.language.slice(0, 2) === lang.slice(0, 2) ? navigator.language : lang;
const clock = (moment) => new Intl.DateTimeFormat(locale, { timeStyle: "short" }).format(moment);

// The server takes off what stands around the words.
const asKept = (values) => JSON.stringify(NAMES.map((name) => (values[name] ?? "").trim()));

export function keepDraft(editor, element) {
  const { form } = editor;
  const words = JSON.parse(element.dataset.words);
  const version = form.elements.saved_at;
  const place = form.elements.place.value;
  const key = `draft:${element.dataset.account}:${place}`;
  const fields = NAMES.map((name) => form.elements[name]).filter(Boolean);
  const typed = () => Object.fromEntries(fields.map((field) => [field.name, field.value]));
  const asText = () => JSON.stringify(typed());
  let saved = "unsaved" in element.dataset ? "" : asText(); // a form that was sent back holds more than its draft
  let savedAt = 0;
  let saving = null;
  let isLeaving = false;
  let isOpen = true; // shut while the person has to choose between two versions

  function tell(text, choices = {}, isWrong = false) {
    element.replaceChildren(text);
    element.classList.toggle("editor-wrong", isWrong);
    for (const [label, work] of Object.entries(choices)) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "text-button", textContent: label });
      button.addEventListener("click", work);
      element.append(" ", button);
    }
  }

  function show(values) {
    for (const field of fields) field.value = values[field.name] ?? "";
    editor.textarea.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function keepHere(text, reason) {
    try {
      localStorage.setItem(key, JSON.stringify({ at: Date.now(), values: JSON.parse(text) }));
      tell(fill(reason, { time: clock(Date.now()) }), {}, true);
    } catch {
      tell(editor.words.notSent, {}, true); // private windows may refuse to keep anything
    }
  }

  async function save(options = {}) {
    const text = asText();
    if (text === saved || !isOpen || saving) return;
    saving = editor.send(element.dataset.url, { ...typed(), place, saved_at: version.value }, options);
    try {
      hear(await saving, text);
    } catch {
      keepHere(text, words.kept);
    } finally {
      saving = null;
      savedAt = Date.now();
      if (asText() !== text) soon();
    }
  }

  function hear(answer, text) {
    if (isLeaving) return;
    if (answer.ok && answer.data) {
      saved = text;
      version.value = answer.data.saved_at;
      localStorage.removeItem(key);
      tell(version.value ? fill(words.saved, { time: clock(Date.now()) }) : words.cleared);
    } else if (answer.status === 409 && answer.data) choose(answer.data, text);
    else if (answer.data) tell(answer.data.error, {}, true);
    else keepHere(text, answer.ok || answer.status < 429 ? words.signedOut : words.kept);
  }

  // Another window was here: both versions stay until the person has chosen.
  function choose(other, text) {
    isOpen = false;
    const keep = () => {
      version.value = other.saved_at;
      isOpen = true;
      save();
    };
    if (!other.draft) return tell(words.gone, { [words.mine]: keep }, true);
    const mine = JSON.parse(text);
    const offer = () => tell(fill(words.changed, { time: clock(new Date(other.saved_at)) }), { [words.show]: look, [words.mine]: keep }, true);
    const look = () => {
      Object.assign(mine, typed());
      show(other.draft);
      tell(words.other, { [words.mine]: accept, [words.back]: back });
    };
    const accept = () => {
      saved = JSON.stringify(other.draft);
      keep();
      tell("");
    };
    const back = () => {
      show(mine);
      offer();
    };
    offer();
  }

  function offerKept() {
    const kept = JSON.parse(localStorage.getItem(key) ?? "null");
    if (!kept) return;
    const drop = () => {
      localStorage.removeItem(key);
      tell("");
    };
    const isNewer = !version.value || kept.at > Date.parse(version.value);
    if (!isNewer || asKept(kept.values) === asKept(typed())) return drop();
    tell(fill(words.found, { time: clock(kept.at) }), { [words.use]: () => show(kept.values), [words.drop]: drop });
  }

  const soon = later(() => save(), PAUSE);
  const change = () => {
    const wait = LEAST - (Date.now() - savedAt);
    if (wait > PAUSE) later(soon, wait - PAUSE)();
    else soon();
  };
  for (const field of fields) field.addEventListener("input", change);
  form.addEventListener("submit", () => {
    isLeaving = true;
    if (navigator.onLine) localStorage.removeItem(key);
  });
  window.addEventListener("pageshow", () => (isLeaving = false));
  window.addEventListener("online", () => save());
  window.addEventListener("pagehide", () => {
    if (isLeaving || asText() === saved) return;
    try {
      localStorage.setItem(key, JSON.stringify({ at: Date.now(), values: typed() })); // until the server says that it has it
    } catch {
      // the request below may still arrive
    }
    save({ keepalive: true });
  });
  if (saved) offerKept();
  else soon();
}
