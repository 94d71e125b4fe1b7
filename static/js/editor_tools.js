// What the buttons above a text field and its shortcuts do. The browser's own undo takes each of them back.

export function insert(textarea, text, start, end) {
  textarea.focus();
  textarea.setSelectionRange(start, end);
  if (!document.execCommand("insertText", false, text)) {
    textarea.setRangeText(text, start, end, "end");
    textarea.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

// Puts marks around what is selected, or takes them off again.
function wrap(textarea, before, after, placeholder) {
  const { selectionStart: start, selectionEnd: end, value } = textarea;
  const chosen = value.slice(start, end);
  if (chosen && value.slice(start - before.length, start) === before && value.slice(end, end + after.length) === after) {
    insert(textarea, chosen, start - before.length, end + after.length);
    return textarea.setSelectionRange(start - before.length, end - before.length);
  }
  const inside = chosen || placeholder;
  insert(textarea, before + inside + after, start, end);
  textarea.setSelectionRange(start + before.length, start + before.length + inside.length);
}

// Puts a mark before each line that is touched by the selection, or takes it off again.
function mark(textarea, sign) {
  const { selectionStart, selectionEnd, value } = textarea;
  const start = value.lastIndexOf("\n", selectionStart - 1) + 1;
  const next = value.indexOf("\n", Math.max(selectionEnd, start));
  const end = next < 0 ? value.length : next;
  const lines = value.slice(start, end).split("\n");
  const marked = lines.every((line) => line.startsWith(sign));
  const text = lines.map((line) => (marked ? line.slice(sign.length) : sign + line)).join("\n");
  const gap = !marked && start > 0 && value[start - 2] !== "\n" && value[start - 2] !== undefined ? "\n" : "";
  insert(textarea, gap + text, start, end);
  const caret = start + gap.length + text.length;
  textarea.setSelectionRange(lines.length > 1 ? start + gap.length : caret, caret);
}

function code(textarea, words) {
  const chosen = textarea.value.slice(textarea.selectionStart, textarea.selectionEnd);
  if (chosen.includes("\n")) wrap(textarea, "```\n", "\n```", words.code);
  else wrap(textarea, "`", "`", words.code);
}

function link(textarea, words) {
  const { selectionStart: start, selectionEnd: end } = textarea;
  const chosen = textarea.value.slice(start, end);
  if (/^https?:\/\/\S+$/.test(chosen)) {
    insert(textarea, `[${words.link}](${chosen})`, start, end);
    return textarea.setSelectionRange(start + 1, start + 1 + words.link.length);
  }
  const text = chosen || words.link;
  insert(textarea, `[${text}](https://)`, start, end);
  const at = start + text.length + 3;
  textarea.setSelectionRange(at, at + "https://".length);
}

export const tools = {
  bold: (textarea, words) => wrap(textarea, "**", "**", words.bold),
  italic: (textarea, words) => wrap(textarea, "*", "*", words.italic),
  code,
  link,
  list: (textarea) => mark(textarea, "- "),
  quote: (textarea) => mark(textarea, "> "),
};
