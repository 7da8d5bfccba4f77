// In the question's box, Up brings earlier questions, the newest first, and Down goes back. A question that was typed stays.
// A button with a `data-link` anywhere on the page copies that link of this app.
() => {
  let place = -1;  // of the earlier question that is in the box, counted from the newest; -1 for none

  const earlier = () => JSON.parse(document.querySelector("[data-questions]")?.dataset.questions || "[]");

  function put(box, text) {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, text);
    box.dispatchEvent(new Event("input", {bubbles: true}));
    box.setSelectionRange(text.length, text.length);
  }

  function recall(event) {
    const box = event.target, step = {ArrowUp: 1, ArrowDown: -1}[event.key];
    if (!step || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (!box.matches?.("#ask_question textarea") || box.selectionStart !== box.selectionEnd) return;
    const questions = earlier();
    if (!box.value) place = -1;
    else if (box.value !== questions[place]) place = questions.indexOf(box.value);  // new ones may have come before it
    if (box.value && place < 0) return;  // typed by hand
    const rest = step > 0 ? box.value.slice(0, box.selectionStart) : box.value.slice(box.selectionStart);
    if (rest.includes("\n") || place + step >= questions.length || place + step < -1) return;
    place += step;
    event.preventDefault();
    event.stopPropagation();
    put(box, place < 0 ? "" : questions[place]);
  }

  async function copy(text) {
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
  }

  async function copyLink(event) {
    const button = event.target.closest?.("[data-link]");
    if (!button || button.dataset.told) return;
    await copy(location.origin + location.pathname + button.dataset.link);
    button.dataset.told = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = button.dataset.told; delete button.dataset.told; }, 1500);
  }

  document.addEventListener("keydown", recall, true);
  document.addEventListener("click", copyLink);
}
