// Images pasted, dropped or chosen: sent one by one, and named in the text where they belong.
import { fill, say } from "./editor_state.js";
import { insert } from "./editor_tools.js";

const TYPES = ["image/png", "image/jpeg", "image/webp", "image/gif"];

function imagesOf(transfer) {
  return [...(transfer?.files ?? [])].filter((file) => file.type.startsWith("image/"));
}

function replace(textarea, old, text) {
  const at = textarea.value.indexOf(old);
  if (at < 0) return -1; // the writer took it out meanwhile
  const { selectionStart: start, selectionEnd: end } = textarea;
  const move = (place) => (place > at ? Math.max(at, place + text.length - old.length) : place);
  textarea.setRangeText(text, at, at + old.length, "preserve");
  textarea.setSelectionRange(move(start), move(end));
  textarea.dispatchEvent(new Event("input", { bubbles: true }));
  return at;
}

export function takeImages(editor) {
  const { textarea, words, state, root } = editor;
  const most = Number(root.dataset.mostBytes);
  let sending = 0;
  let number = 0;

  async function send(file) {
    const name = file.name || words.image;
    if (!TYPES.includes(file.type)) return say(state, fill(words.notImage, { name }), true);
    if (file.size > most) return say(state, fill(words.tooLarge, { name, most: Math.round(most / 2 ** 20) }), true);
    const mark = `![${fill(words.sending, { name })}](#${(number += 1)})`;
    const { selectionStart: at, value } = textarea;
    const line = at && value[at - 1] !== "\n" ? "\n\n" : "";
    insert(textarea, `${line}${mark}\n\n`, at, textarea.selectionEnd);
    say(state, fill(words.sending, { name }));
    sending += 1;
    try {
      const answer = await editor.send(root.dataset.imagesUrl, { image: file });
      if (!answer.ok || !answer.data) throw new Error(answer.data?.error ?? "");
      const start = replace(textarea, mark, answer.data.markdown);
      say(state, words.sent);
      const caretIsBehind = textarea.selectionStart === start + answer.data.markdown.length + 2;
      if (start >= 0 && caretIsBehind && document.activeElement === textarea) {
        textarea.setSelectionRange(start + 2, answer.data.markdown.indexOf("]") + start);
      }
    } catch (error) {
      replace(textarea, `${mark}\n\n`, "");
      say(state, error.message && error.name === "Error" ? error.message : fill(words.notSent, { name }), true);
    } finally {
      sending -= 1;
    }
  }

  async function sendAll(files) {
    for (const file of files) await send(file); // in their order
  }

  const chooser = document.createElement("input");
  Object.assign(chooser, { type: "file", multiple: true, accept: TYPES.join(","), hidden: true });
  chooser.dataset.chooser = "";
  chooser.addEventListener("change", () => sendAll([...chooser.files]).then(() => (chooser.value = "")));
  root.append(chooser);
  root.querySelector("[data-tool=image]")?.addEventListener("click", () => chooser.click());

  textarea.addEventListener("paste", (event) => {
    const files = imagesOf(event.clipboardData);
    if (!files.length || event.clipboardData.types.includes("text/plain")) return; // a table is words first
    event.preventDefault();
    sendAll(files);
  });
  textarea.addEventListener("dragover", (event) => {
    if ([...event.dataTransfer.items].some((item) => item.type.startsWith("image/"))) {
      event.preventDefault();
      root.classList.add("editor-over");
    }
  });
  textarea.addEventListener("dragleave", () => root.classList.remove("editor-over"));
  textarea.addEventListener("drop", (event) => {
    root.classList.remove("editor-over");
    const files = imagesOf(event.dataTransfer);
    if (!files.length) return;
    event.preventDefault();
    sendAll(files);
  });
  editor.form.addEventListener(
    "submit",
    (event) => {
      if (!sending) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      say(state, words.wait, true);
    },
    true,
  );
}
