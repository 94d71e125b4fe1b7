// Enhancements of every page. Nothing here is needed for a page to work.

const root = document.documentElement;

function setTheme(theme) {
  if (theme === "auto") {
    delete root.dataset.bsTheme;
    localStorage.removeItem("theme");
  } else {
    root.dataset.bsTheme = theme;
    localStorage.setItem("theme", theme);
  }
}

function offerThemes(fieldset) {
  const chosen = root.dataset.bsTheme ?? "auto";
  for (const radio of fieldset.querySelectorAll("input[type=radio]")) {
    radio.checked = radio.value === chosen;
    radio.addEventListener("change", () => setTheme(radio.value));
  }
  fieldset.hidden = false;
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

function closeOnEscape(event) {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details.menu[open]");
  closeMenus();
  menu?.querySelector("summary").focus();
}

// A second press while the first is on its way would send the same words twice.
function sendOnce(event) {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
}

function allowSendingAgain() {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
}

document.querySelectorAll("[data-themes]").forEach(offerThemes);
document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
document.addEventListener("keydown", closeOnEscape);
document.addEventListener("submit", sendOnce);
window.addEventListener("pageshow", allowSendingAgain);
