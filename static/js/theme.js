// Runs before the page is painted: the reader's own choice of theme, else the system's (by CSS).
(() => {
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.bsTheme = chosen;
})();
