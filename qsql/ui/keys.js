// Ctrl+Enter (or Cmd+Enter) in the SQL runs it. Capture: the editor would take the key for a new line.
// On a phone the side covers the question, so it begins closed.
() => {
  if (window.innerWidth < 768) document.querySelector("#side .toggle-button")?.click();
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !event.target.closest("#ask_sql")) return;
    event.preventDefault();
    event.stopPropagation();
    document.querySelector("#ask_run").click();
  }, true);
}
