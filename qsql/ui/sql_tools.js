// Beside the SQL's editor: text that comes is put in as one step that one undo takes back, keys for it, and what is told below.
// `element`, `props`, `watch` and `trigger` come from Gradio. Every text is set as text only.
const section = element.querySelector("section"), title = element.querySelector("b"), told = element.querySelector("pre");
const copyButton = element.querySelector(".sql_copy"), closeButton = element.querySelector(".sql_close"), note = element.querySelector(".sql_note");
const EDITOR = "#ask_sql";
let applied = 0;

// The editor itself (CodeMirror), which Gradio hands nobody; null where it cannot be had, as after a change of its insides.
function editor() {
  const content = document.querySelector(`${EDITOR} .cm-content`);
  const view = content?.cmTile?.root?.view || content?.cmTile?.view || content?.cmView?.rootView?.view || content?.cmView?.view;
  return view?.dispatch && view.state?.doc ? view : null;
}

// What stands in the editor, and how many characters (not UTF-16 units) come before the cursor; what Gradio knows, and its end, else.
window.qsqlCursor = (known) => {
  const view = editor();
  const text = view ? view.state.doc.toString() : known || "";
  return [text, [...text.slice(0, view ? view.state.selection.main.head : text.length)].length];
};

// Change `was` to `now`, only where they differ, so that the cursor stays where it was; or behind what came, where that is asked for.
function apply() {
  const {was, now, follow, late, number} = props.edit || {};
  if (now === undefined || number === applied) return;  // an update may come twice
  applied = number;
  say("");
  if (now === was) return;
  const view = editor();
  if (!view) return trigger("put", {sql: now});
  if (view.state.doc.toString() !== was) return say(late);  // the person wrote on meanwhile, and that counts more
  let from = 0, end = 0;
  const most = Math.min(was.length, now.length);
  while (from < most && was[from] === now[from]) from++;
  while (end < most - from && was[was.length - 1 - end] === now[now.length - 1 - end]) end++;
  const insert = now.slice(from, now.length - end);
  view.dispatch({changes: {from, to: was.length - end, insert}, userEvent: "input.complete", scrollIntoView: true,
                 ...(follow ? {selection: {anchor: from + insert.length}} : {})});
  if (follow) view.focus();
}

function say(text) {
  note.textContent = text || "";
}

function show() {
  const {heading = "", text = "", kind = "", busy = false, texts = {}} = props.view || {};
  title.textContent = heading;
  told.textContent = text;
  told.className = kind;
  section.hidden = !heading;
  section.setAttribute("aria-label", heading);
  section.setAttribute("aria-busy", busy);
  told.setAttribute("aria-label", heading);
  copyButton.textContent = texts.copy || "";
  closeButton.textContent = texts.close || "";
  say("");
}

async function copy() {
  try {
    await navigator.clipboard.writeText(told.textContent);
  } catch {  // a page that is not from this machine and not encrypted has no clipboard but this one
    const area = document.createElement("textarea");
    area.value = told.textContent;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  copyButton.textContent = props.view.texts.copied;
}

copyButton.addEventListener("click", copy);
closeButton.addEventListener("click", () => { section.hidden = true; editor()?.focus(); });
watch("edit", apply);
watch("view", show);
show();

// Ctrl+Space completes (Alt+Space where the system takes that key), Shift+Alt+F lays out. Capture: the editor would take the keys.
const KEYS = [
  ["#sql_complete", (event) => event.code === "Space" && (event.ctrlKey || event.altKey)],
  ["#sql_format", (event) => event.code === "KeyF" && event.altKey && event.shiftKey],
];
const HINTS = {"#sql_complete": "Ctrl+Space", "#sql_format": "Shift+Alt+F", "#ask_run": "Ctrl+Enter"};
if (!window.qsqlKeys) {
  window.qsqlKeys = true;
  document.addEventListener("keydown", (event) => {
    const [button] = KEYS.find(([, meant]) => meant(event)) || [];
    if (!button || !event.target.closest?.(EDITOR)) return;
    event.preventDefault();
    event.stopPropagation();
    document.querySelector(button)?.click();
  }, true);
}
for (const [button, keys] of Object.entries(HINTS)) document.querySelector(button)?.setAttribute("title", keys);
