// Before the first paint: the theme chosen by the user, if it is not the system's. A file of its own because the page allows no inline script.
try {
  const theme = localStorage.getItem('lab-theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage may be forbidden; then the system decides.
}
