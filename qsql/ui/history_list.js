// The list of what was asked. `element`, `props`, `watch` and `trigger` come from Gradio; every text is set as text only.
const list = element.querySelector(".history_list"), empty = element.querySelector(".history_empty");
const further = element.querySelector(".history_further");
let unfolded = 0;  // the entry whose actions are shown

function made(tag, classes, text = "", attributes = {}) {
  const node = document.createElement(tag);
  node.className = classes;
  node.textContent = text;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

const button = (classes, text, attributes) => made("button", classes, text, {type: "button", ...attributes});

function row(entry, texts) {
  const item = made("li", "history_row", "", {"data-id": entry.id});
  const open = button("history_entry", "", {title: entry.whole});
  open.append(made("span", "history_title", entry.title), made("span", entry.failed ? "history_why" : "history_sql", entry.line), about(entry));
  const more = button("history_more", "⋯", {"aria-label": `${texts.more}: ${entry.title}`, "aria-expanded": entry.id === unfolded});
  open.addEventListener("click", () => trigger("chosen", {id: entry.id}));
  more.addEventListener("click", () => unfold(entry.id === unfolded ? 0 : entry.id));
  item.append(open, more);
  if (entry.id === unfolded) item.append(actions(entry, texts));
  return item;
}

function about(entry) {
  const line = made("span", "history_about");
  line.append(made("time", "", entry.about, {title: entry.at}), ...entry.marks.map(mark => made("em", mark.kind, mark.text)));
  return line;
}

function actions(entry, texts) {
  const box = made("div", "history_actions"), form = made("form", "");
  const name = made("input", "history_name", "", {"aria-label": texts.name, placeholder: texts.name, maxlength: texts.most});
  name.value = entry.name;
  form.append(name, made("button", "", texts.save));
  form.addEventListener("submit", event => { event.preventDefault(); trigger("named", {id: entry.id, name: name.value}); });
  const remove = button("history_remove", texts.remove, {});
  remove.addEventListener("click", () => trigger("removed", {id: entry.id}));
  box.append(form);
  if (entry.asked) {
    const again = button("", texts.again, {});
    again.addEventListener("click", () => trigger("again", {id: entry.id}));
    box.append(again, button("", texts.link, {"data-link": entry.link, "data-copied": texts.copied, "aria-live": "polite"}));
  }
  box.append(remove);
  return box;
}

function unfold(id) {
  unfolded = id;
  draw();
}

function draw() {
  const {entries, texts, further: isMore} = props.view;
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  const id = focused?.closest("[data-id]")?.dataset.id, classes = focused?.classList[0];
  list.replaceChildren(...entries.map(entry => row(entry, texts)));
  if (id) list.querySelector(`[data-id="${id}"] .${classes || "history_more"}`)?.focus();
  empty.textContent = entries.length ? "" : texts.empty || "";
  further.textContent = texts.further || "";
  further.hidden = !isMore;
}

further.addEventListener("click", () => trigger("further"));
list.addEventListener("keydown", event => {  // up and down through the list
  const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
  if (!step || !event.target.classList.contains("history_entry")) return;
  const all = [...list.querySelectorAll(".history_entry")];
  all[all.indexOf(event.target) + step]?.focus();
  event.preventDefault();
});
watch("view", draw);
draw();
