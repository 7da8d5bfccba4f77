// Ctrl+Enter (or Cmd+Enter) in the SQL runs it. Capture: the editor would take the key for a new line.
() => {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !event.target.closest("#ask_sql")) return;
    event.preventDefault();
    event.stopPropagation();
    document.querySelector("#ask_run").click();
  }, true);
}
