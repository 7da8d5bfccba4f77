// The chip that tells how the model stands. It asks again and again while the page is seen: often while something changes, seldom
// while the model is ready, and not at all once nobody has touched the page for a while. `element`, `props`, `trigger` and `watch`
// come from Gradio. What a screen reader says changes only where its text does.
const LOOK = 500, LONG = 300000;
const parts = Object.fromEntries(["name", "said", "told"].map(part => [part, element.querySelector(`.model_${part}`)]));
let asked = 0, touched = Date.now();

function show() {
  const view = props.view || {};
  element.querySelector(".model_chip").dataset.kind = view.kind || "absent";
  for (const [part, place] of Object.entries(parts)) {
    if (place.textContent !== (view[part] || "")) place.textContent = view[part] || "";
  }
}

function every() {
  const kind = props.view?.kind, [quick, calm] = props.pace || [1000, 4000];
  if (kind === "fetching" || kind === "loading") return quick;
  if (Date.now() - touched > LONG) return Infinity;
  return kind === "busy" || kind === "waiting" ? quick : calm;
}

function touch() { touched = Date.now(); }

const timer = setInterval(() => {
  if (!element.isConnected) {
    clearInterval(timer);
    for (const kind of ["pointerdown", "keydown"]) document.removeEventListener(kind, touch, true);
  } else if (!document.hidden && Date.now() - asked >= every()) {
    asked = Date.now();
    trigger("look");
  }
}, LOOK);
for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, touch, true);
watch("view", show);
show();
