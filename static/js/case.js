// Beside a case: says that this agent looks at it, shows who else does, and hides what can no longer be taken back.
const EVERY = 20_000;
const place = document.querySelector("[data-looking]");

async function look() {
  if (document.hidden) return;
  const token = document.querySelector("input[name=csrf_token]").value;
  const body = new URLSearchParams({ csrf_token: token });
  try {
    const answer = await fetch(place.dataset.looking, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const { others, version } = await answer.json();
    const words = JSON.parse(place.dataset.words);
    const lines = [];
    if (others.length) lines.push(words.also.replace("{names}", others.join(", ")));
    if (String(version) !== place.dataset.version) lines.push(words.changed);
    const text = lines.join(" ");
    if (place.textContent !== text) place.textContent = text;
  } catch {
    // offline: the next time
  }
}

for (const held of document.querySelectorAll("[data-held]")) {
  const left = Date.parse(held.dataset.held) - Date.now();
  setTimeout(() => held.remove(), Math.max(left, 0));
}
if (place) setInterval(look, EVERY);
