// Rows as a grid that draws only what is in sight, down and across, so that 1,000 rows of 500 columns are as quick as ten.
// `element`, `props` and `watch` come from Gradio. Cells come as text, or null for an absent value, and are set as text only.
const HEIGHT = 28, CHARACTER = 8, NARROW = 64, WIDE = 360, LOOKED_AT = 200, AROUND = 6;
const box = element.querySelector(".grid-box"), head = element.querySelector(".grid-head"), body = element.querySelector(".grid-body");
const whole = element.querySelector(".grid-whole"), said = element.querySelector(".grid-said");
const NOTHING = {columns: [], cells: [], texts: {}};
let view = NOTHING, order = [], lefts = [0], sorted = {column: -1, down: false};
const NOWHERE = {row: -1, column: -1};
let active = NOWHERE, anchor = active;

const number = column => view.columns[column].number;
const width = column => lefts[column + 1] - lefts[column];
const cell = (row, column) => view.cells[order[row]][column];

function load() {
  view = props.view ? JSON.parse(props.view) : NOTHING;
  order = view.cells.map((_, row) => row);
  sorted = {column: -1, down: false};
  active = anchor = NOWHERE;
  const wide = text => [...text].reduce((sum, sign) => sum + (sign > "\u2e80" ? 2 : 1), 0);
  const widest = Math.max(NARROW, Math.min(WIDE, 0.6 * box.clientWidth || WIDE));  // so that on a phone a second column is in sight
  lefts = [0];
  view.columns.forEach((column, place) => {
    const texts = view.cells.slice(0, LOOKED_AT).map(row => (row[place] ?? "NULL").slice(0, 60));
    const longest = Math.max(wide(column.name) + 3, ...texts.map(wide));
    lefts.push(lefts[place] + Math.min(widest, Math.max(NARROW, longest * CHARACTER + 24)));
  });
  const room = box.clientWidth - lefts.at(-1);
  if (room > 0 && view.columns.length && lefts.at(-1) > 0) {  // as wide as the place there is, but not absurdly
    const share = Math.min(2.5, (box.clientWidth - 2) / lefts.at(-1));
    lefts = lefts.map(left => Math.floor(left * share));
  }
  body.setAttribute("aria-rowcount", view.cells.length + 1);
  body.setAttribute("aria-colcount", view.columns.length);
  body.setAttribute("aria-label", view.texts.label || "");
  body.style.height = `${(view.cells.length + 1) * HEIGHT}px`;
  body.style.width = `${lefts.at(-1)}px`;
  box.scrollTop = box.scrollLeft = 0;
  whole.hidden = true;
  said.textContent = "";
  draw();
}

function inSight() {
  const first = Math.max(0, Math.floor(box.scrollTop / HEIGHT) - AROUND);
  const last = Math.min(view.cells.length, Math.ceil((box.scrollTop + box.clientHeight) / HEIGHT) + AROUND);
  let from = lefts.findIndex((_, place) => lefts[place + 1] > box.scrollLeft), to = from;
  while (to < view.columns.length && lefts[to] < box.scrollLeft + Math.max(box.clientWidth, 1)) to++;
  return {first, last, from: Math.max(0, from), to};
}

function draw() {
  const {first, last, from, to} = inSight();
  const rows = [headers(from, to)];
  for (let row = first; row < last; row++) rows.push(drawRow(row, from, to));
  body.replaceChildren(...rows);
}

function headers(from, to) {
  const row = place("div", "row", "grid-row grid-head", 0);
  row.setAttribute("aria-rowindex", 1);
  for (let column = from; column < to; column++) {
    const made = slot("columnheader", column, "grid-name");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = view.columns[column].name;
    button.title = `${view.columns[column].name} (${view.columns[column].type})`;
    button.tabIndex = -1;
    made.setAttribute("aria-sort", sorted.column !== column ? "none" : sorted.down ? "descending" : "ascending");
    button.addEventListener("click", () => sort(column));
    made.append(button);
    row.append(made);
  }
  return row;
}

function drawRow(number_, from, to) {
  const row = place("div", "row", number_ % 2 ? "grid-row odd" : "grid-row", (number_ + 1) * HEIGHT);
  row.setAttribute("aria-rowindex", number_ + 2);
  for (let column = from; column < to; column++) {
    const value = cell(number_, column), made = slot("gridcell", column, value === null ? "absent" : "");
    made.textContent = value === null ? "NULL" : value.length > 400 ? value.slice(0, 400) + "…" : value;
    made.dataset.row = number_;
    made.dataset.column = column;
    if (selected(number_, column)) made.setAttribute("aria-selected", "true");
    if (number_ === active.row && column === active.column) made.classList.add("active");
    row.append(made);
  }
  return row;
}

function place(tag, role, classes, top) {
  const made = document.createElement(tag);
  made.setAttribute("role", role);
  made.className = classes;
  if (top) made.style.top = `${top}px`;
  return made;
}

function slot(role, column, classes) {
  const made = place("div", role, `grid-cell ${classes} ${number(column) ? "number" : ""}`);
  made.setAttribute("aria-colindex", column + 1);
  made.style.left = `${lefts[column]}px`;
  made.style.width = `${width(column)}px`;
  return made;
}

// Numbers by value, exactly where they are whole; all else by text; absent values last either way.
function compare(a, b, numeric) {
  if (!numeric) return a < b ? -1 : a > b ? 1 : 0;
  const [x, y] = [Number(a), Number(b)];
  if (x !== y || !/^-?\d{16,}$/.test(a) || !/^-?\d{16,}$/.test(b)) return x - y || 0;
  return BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0;
}

function sort(column) {
  sorted = sorted.column !== column ? {column, down: false} : sorted.down ? {column: -1, down: false} : {column, down: true};
  order = view.cells.map((_, row) => row);
  if (sorted.column >= 0) {
    const values = view.cells.map(row => row[column]), sign = sorted.down ? -1 : 1;
    order.sort((a, b) => (values[a] === null) - (values[b] === null) || (values[a] === null ? 0 : sign * compare(values[a], values[b], number(column))));
  }
  draw();
}

const between = (value, a, b) => value >= Math.min(a, b) && value <= Math.max(a, b);
const selected = (row, column) => between(row, anchor.row, active.row) && between(column, anchor.column, active.column);

function go(row, column, extend) {
  if (!view.cells.length) return;
  active = {row: Math.max(0, Math.min(view.cells.length - 1, row)), column: Math.max(0, Math.min(view.columns.length - 1, column))};
  if (!extend || anchor === NOWHERE) anchor = active;
  const top = active.row * HEIGHT, left = lefts[active.column];
  if (top < box.scrollTop) box.scrollTop = top;
  if (top + 2 * HEIGHT > box.scrollTop + box.clientHeight) box.scrollTop = top + 2 * HEIGHT - box.clientHeight;
  if (left < box.scrollLeft) box.scrollLeft = left;
  if (left + width(active.column) > box.scrollLeft + box.clientWidth) box.scrollLeft = left + width(active.column) - box.clientWidth;
  draw();
}

function texts(rows, columns, names) {
  const quoted = value => value === null ? "" : /[\t\n"]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  const lines = rows.map(row => columns.map(column => quoted(cell(row, column))).join("\t"));
  return [...(names ? [columns.map(column => quoted(view.columns[column].name)).join("\t")] : []), ...lines].join("\n");
}

const range = (a, b) => Array.from({length: Math.abs(b - a) + 1}, (_, step) => Math.min(a, b) + step);

async function copy(text, told) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {  // a page that is not from this machine and not encrypted has no clipboard but this one
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  said.textContent = told;
}

function copySelected() {
  if (active === NOWHERE) return;
  const rows = range(anchor.row, active.row), columns = range(anchor.column, active.column);
  copy(texts(rows, columns, rows.length > 1 && columns.length > 1), view.texts.copied);
}

function unfold() {
  if (active === NOWHERE) return;
  const value = cell(active.row, active.column);
  whole.querySelector("b").textContent = view.columns[active.column].name;
  whole.querySelector("pre").textContent = value === null ? "NULL" : value;
  whole.querySelector("button").setAttribute("aria-label", view.texts.close);
  whole.hidden = false;
}

const STEPS = {ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1], PageDown: [15, 0], PageUp: [-15, 0]};
box.addEventListener("keydown", event => {
  const command = event.ctrlKey || event.metaKey;
  if (command && event.key === "c" && !String(getSelection())) copySelected();
  else if (command && event.key === "a") { anchor = {row: 0, column: 0}; go(view.cells.length - 1, view.columns.length - 1, true); }
  else if (event.key in STEPS) go(active.row + STEPS[event.key][0], active.column + STEPS[event.key][1], event.shiftKey);
  else if (event.key === "Home") go(command ? 0 : active.row, 0, event.shiftKey);
  else if (event.key === "End") go(command ? view.cells.length - 1 : active.row, view.columns.length - 1, event.shiftKey);
  else if (event.key === "Enter") unfold();
  else if (event.key === "Escape") whole.hidden = true;
  else return;
  event.preventDefault();
});
body.addEventListener("mousedown", event => {
  const hit = event.target.closest("[data-row]");
  if (hit && event.button === 0) go(Number(hit.dataset.row), Number(hit.dataset.column), event.shiftKey);
});
body.addEventListener("dblclick", event => { if (event.target.closest("[data-row]")) unfold(); });
whole.querySelector("button").addEventListener("click", () => { whole.hidden = true; box.focus(); });
element.addEventListener("grid-copy", () => copy(texts(order.map((_, row) => row), view.columns.map((_, place) => place), true), view.texts.copied));
box.addEventListener("scroll", draw);
new ResizeObserver(draw).observe(box);
watch("view", load);
load();
