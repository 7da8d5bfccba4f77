// The pages that were made. `element`, `props`, `watch` and `trigger` come from Gradio; every text is set as text only, a picture only as one.
const list = element.querySelector(".kept_list"), empty = element.querySelector(".kept_empty"), further = element.querySelector(".kept_further");
const PICTURE = /^data:image\/(png|jpeg|webp);base64,/;

function made(tag, classes, text = "", attributes = {}) {
  const node = document.createElement(tag);
  node.className = classes;
  node.textContent = text;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

function card(page, texts) {
  const item = made("li", "kept_page"), open = made("button", "kept_open", "", {type: "button", "aria-label": `${texts.open}: ${page.name}`});
  const picture = PICTURE.test(page.picture) ? made("img", "kept_picture", "", {src: page.picture, alt: ""}) : made("span", "kept_picture");
  open.append(picture, made("span", "kept_name", page.name), made("span", "kept_about", page.about));
  open.addEventListener("click", () => trigger("chosen", {key: page.key}));
  const remove = made("button", "kept_delete", "×", {type: "button", title: texts.delete, "aria-label": `${texts.delete}: ${page.name}`});
  remove.addEventListener("click", () => trigger("removed", {key: page.key}));
  item.append(open, remove);
  return item;
}

function draw() {
  const {pages, texts, further: isMore} = props.view;
  list.replaceChildren(...pages.map(page => card(page, texts)));
  empty.textContent = pages.length ? "" : texts.empty || "";
  further.textContent = texts.further || "";
  further.hidden = !isMore;
}

further.addEventListener("click", () => trigger("further"));
watch("view", draw);
draw();
