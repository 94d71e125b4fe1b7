// What the modules of the editor share: a line that says something, words with gaps, and waiting.

export function say(element, text, isWrong = false) {
  element.textContent = text;
  element.classList.toggle("editor-wrong", isWrong);
}

export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
}

export function later(work, milliseconds) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...values), milliseconds);
  };
}
