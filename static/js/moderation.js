// The queue by keyboard, and a claim that lasts while somebody types. Everything works without it.

const rows = [...document.querySelectorAll("[data-row]")];
const help = document.querySelector("dialog.keys");
const RENEW_AFTER = 60_000; // ms between two renewals

function currentRow() {
  return rows.findIndex((row) => row.contains(document.activeElement));
}

function move(step) {
  if (!rows.length) return;
  const at = currentRow();
  const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step));
  const link = rows[next].querySelector("h2 a");
  link.focus();
  rows[next].scrollIntoView({ block: "nearest" });
}

function tick() {
  const box = rows[currentRow()]?.querySelector("input[type=checkbox]");
  if (!box) return;
  box.checked = !box.checked;
  const bulk = document.querySelector("details.bulk");
  if (bulk && box.checked) bulk.open = true;
}

function press(key) {
  document.querySelector(`[data-key="${key}"]`)?.click();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  x: tick,
  u: () => document.querySelector(".crumbs a[href]")?.click(),
  "?": () => help?.showModal(),
};

function isTyping(target) {
  return target.closest("textarea, select, input:not([type=checkbox]), [contenteditable]") || help?.open;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const act = KEYS[event.key] ?? (/^[c1-9]$/.test(event.key) ? () => press(event.key) : null);
  if (!act) return;
  event.preventDefault();
  act();
});

for (const button of document.querySelectorAll("[data-keys-button]")) {
  button.hidden = false;
  button.addEventListener("click", () => help.showModal());
}

// Work on an item keeps it: whoever types goes on holding it.
const form = document.querySelector("form[data-renew]");
let renewed = Date.now();
form?.addEventListener("input", () => {
  if (Date.now() - renewed < RENEW_AFTER) return;
  renewed = Date.now();
  const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
  fetch(form.dataset.renew, { method: "POST", body, redirect: "manual" });
});
