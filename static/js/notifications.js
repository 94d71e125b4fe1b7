// On the page of a question or a complaint: what the reader was told about it is read now. Without a script, opening it from the list does.

const bell = document.querySelector("[data-seen]");

function show(unread) {
  const count = bell.querySelector(".bell-count");
  if (unread) {
    count.textContent = unread;
    return;
  }
  count.remove();
  bell.setAttribute("aria-label", bell.dataset.none);
}

async function tellSeen() {
  const body = new URLSearchParams({ [bell.dataset.what]: bell.dataset.id, csrf_token: bell.dataset.token });
  const response = await fetch(bell.dataset.seen, { method: "POST", body });
  if (response.ok) show((await response.json()).unread);
}

if (document.visibilityState === "visible") tellSeen();
else document.addEventListener("visibilitychange", tellSeen, { once: true });
