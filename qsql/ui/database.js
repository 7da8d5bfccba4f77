// The list of tables: search, names that go into the question, boxes that say which tables it is asked of; and files dropped on the page.
// `element`, `trigger` and `watch` come from Gradio. What stands in the list was escaped on the server; it is only read and hidden here.
const QUESTION = "#ask_question textarea", UPLOAD = "#ask_upload";
const UNFOLDED_AT_ONCE = 50, PAUSE_MS = 80;
let ticked = new Map(), unfolded = new Set(), index = null, waiting = null;

const all = (selector, inside = element) => [...inside.querySelectorAll(selector)];
const nameOf = (table) => table.dataset.table;
const box = (table) => table.querySelector(":scope > input");
const field = () => element.querySelector("input[type=search]");

// A database that was opened now begins anew; the same list with more in it keeps what the person did to it.
function load() {
  index = null;
  const anew = element.querySelector(".schema")?.dataset.opened;
  if (anew) {
    unfolded = new Set();
    if (field()) field().value = "";
  }
  for (const table of all(".schema_table")) {
    const own = box(table);
    if (own) own.checked = anew || !ticked.has(nameOf(table)) ? own.defaultChecked : ticked.get(nameOf(table));
  }
  remember();
  search();
}

function remember() {
  ticked = new Map(all(".schema_table").map((table) => [nameOf(table), box(table)?.checked ?? true]));
}

function tell() {
  remember();
  trigger("chosen", {tables: [...ticked].filter(([, on]) => on).map(([name]) => name)});
}

function read() {
  const low = (node) => (node?.textContent || "").toLowerCase();
  return all(".schema_table").map((table) => ({
    table,
    details: table.querySelector("details"),
    text: low(table.querySelector("summary > button")) + " " + all("details > .comment", table).map(low).join(" "),
    columns: all("li", table).map((row) => ({row, text: low(row.firstElementChild) + " " + low(row.querySelector("p"))})),
  }));
}

// A table stays where its name or one of its columns has each word; it unfolds for a column.
function search() {
  const words = (field()?.value || "").toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length && !index) {  // nothing was ever searched for: no need to read it all
    for (const table of all(".schema_table")) table.querySelector("details").open = unfolded.has(nameOf(table));
    return;
  }
  index ||= read();
  let seen = 0, opened = 0;
  for (const {table, details, text, columns} of index) {
    const named = words.every((word) => text.includes(word));
    let hits = 0;
    for (const column of columns) {
      const hit = !named && words.every((word) => column.text.includes(word) || text.includes(word));
      column.row.hidden = !named && !hit;
      hits += hit;
    }
    table.hidden = !named && !hits;
    seen += !table.hidden;
    const unfold = words.length && hits > 0 && opened < UNFOLDED_AT_ONCE;
    opened += unfold;
    details.open = unfold || unfolded.has(nameOf(table));
  }
  const none = element.querySelector(".schema_none");
  if (none) none.hidden = seen > 0 || !words.length;
}

// At the caret where the question has it, else at its end; with a space between it and the words around it.
function put(text) {
  const question = document.querySelector(QUESTION);
  if (!question) return;
  const typing = document.activeElement === question;
  const start = typing ? question.selectionStart : question.value.length, end = typing ? question.selectionEnd : start;
  const before = /[^\s(\[{“‘「『《"']$/.test(question.value.slice(0, start)) ? " " : "";
  const after = /^[^\s,.;:?!)\]}”’」』》"'，。；：？！、）]/.test(question.value.slice(end)) ? " " : "";
  question.setRangeText(before + text + after, start, end, "end");
  question.dispatchEvent(new Event("input", {bubbles: true}));
}

function act(button) {
  const table = button.closest(".schema_table");
  if (button.dataset.act === "peek") return trigger("peek", {table: nameOf(table)});
  if (!button.dataset.act) return put(button.textContent);
  for (const one of all(".schema_table").filter((one) => !one.hidden)) box(one).checked = button.dataset.act === "all";
  tell();
}

element.addEventListener("mousedown", (event) => {
  if (event.target.closest("button")) event.preventDefault();  // the caret stays where it is
});
element.addEventListener("mouseover", (event) => {
  const told = event.target.closest("li p");
  if (told && told.scrollWidth > told.clientWidth) told.title = told.textContent;
});
element.addEventListener("click", (event) => {
  const button = event.target.closest("button"), summary = event.target.closest(".schema_table summary");
  if (button) {
    event.preventDefault();  // a name in a summary does not fold it
    act(button);
  } else if (summary) {
    const name = nameOf(summary.closest(".schema_table"));
    summary.parentElement.open ? unfolded.delete(name) : unfolded.add(name);
  }
});
element.addEventListener("change", (event) => { if (event.target.type === "checkbox") tell(); });
element.addEventListener("input", (event) => {
  if (event.target.type !== "search") return;
  clearTimeout(waiting);
  waiting = setTimeout(search, PAUSE_MS);
});
watch("value", load);
load();

// Files that are dropped anywhere on the page are opened, unless something else there takes them; none ends the page by being shown in it.
function dropped(event) {
  const upload = document.querySelector(UPLOAD);
  if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  const over = event.type === "dragover" && upload?.offsetParent;
  document.documentElement.classList.toggle("files_over", Boolean(over));
  if (event.type !== "drop" || !upload?.offsetParent) return;
  const input = document.querySelector(`${UPLOAD} input[type=file], input[type=file]:has(+ ${UPLOAD})`);
  if (!input || !event.dataTransfer.files.length) return;
  input.files = event.dataTransfer.files;
  input.dispatchEvent(new Event("change", {bubbles: true}));
}
if (!window.qsqlTakesFiles) {
  window.qsqlTakesFiles = true;
  for (const kind of ["dragover", "drop"]) document.addEventListener(kind, dropped);
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.documentElement.classList.remove("files_over"); });
}
