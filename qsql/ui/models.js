// The list of models: a button uses one; where its licence asks for it, only once its box is ticked. In a narrow place each model
// is a few lines instead of a row.
// `element` and `trigger` come from Gradio.
element.addEventListener("change", (event) => {
  const box = event.target.closest("input[data-for]");
  if (!box) return;
  const button = element.querySelector(`button[data-name="${CSS.escape(box.dataset.for)}"]`);
  if (button) button.disabled = !box.checked;
});
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-name]");
  if (!button || button.disabled) return;
  const box = element.querySelector(`input[data-for="${CSS.escape(button.dataset.name)}"]`);
  trigger("chosen", {name: button.dataset.name, agreed: box?.checked === true});
});
const NARROW = 700;  // pixels
new ResizeObserver(([entry]) => element.classList.toggle("narrow", entry.contentRect.width < NARROW)).observe(element);
