// Looks how far the report has come, every two seconds while the page is seen; goes to the report once it is made.
const look = async () => {
  if (document.hidden) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (answer.redirected) {
    location.replace(answer.url);
    return;
  }
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("#progress");
  if (!fresh) {
    location.reload();
    return;
  }
  const shown = document.querySelector("#progress");
  shown.querySelector("progress").value = fresh.querySelector("progress").value;
  const words = shown.querySelector("label");
  if (words.textContent !== fresh.querySelector("label").textContent) words.textContent = fresh.querySelector("label").textContent;
};
setInterval(() => look().catch(() => {}), 2000);
