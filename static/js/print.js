// The button that prints: without a script it is not there, and the browser's own way is named beside it.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
