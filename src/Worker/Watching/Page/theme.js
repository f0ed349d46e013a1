// Before anything is drawn, so that nothing flashes.
(() => {
  try {
    const theme = localStorage.getItem("rlcore.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch { /* A page without storage follows the system. */ }
})();
