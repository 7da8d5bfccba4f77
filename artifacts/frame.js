// Runs in the app's page as the code of the preview component: makes the frame, and reads what the page in it reports.
// `element`, `props`, `watch` and `trigger` come from Gradio. Whatever a page sends is untrusted: it is cut, counted, and shown as text only.
const ATTRIBUTES = __ATTRIBUTES__;
const KINDS = ["error", "blocked", "warn", "info", "log"];
const MOST_LINES = 100, MOST_MESSAGES = 1000, MESSAGES_A_SECOND = 5, LONGEST = 1000, QUIET_MS = 6000;
const stage = element.querySelector(".artifact-stage"), state = element.querySelector(".artifact-state");
const again = element.querySelector(".artifact-again"), end = element.querySelector(".artifact-close");
let frame = null, port = null, lines = [], messages = 0, heard = 0, batch = null;

const say = text => { state.textContent = text; };
const words = key => props.view?.texts?.[key] || "";

function shut(text) {
  clearTimeout(batch);
  port?.close();
  frame?.remove();
  frame = port = null;
  again.hidden = !props.view?.document;
  end.hidden = true;
  say(text);
}

// A new element for each page, so that nothing of the last one lives on; its attributes stand before its document does.
function show() {
  again.textContent = words("again");
  end.textContent = words("close");
  shut("");
  lines = []; messages = 0; heard = Date.now();
  stage.dataset.note = props.view?.note || "";
  if (!props.view?.document) return;
  frame = document.createElement("iframe");
  for (const [name, value] of Object.entries(ATTRIBUTES)) frame.setAttribute(name, value);
  frame.srcdoc = props.view.document;
  stage.append(frame);
  end.hidden = false;
  say(words("loading"));
}

function flooded() {
  if (++messages <= MOST_MESSAGES) return false;
  shut(words("flooded"));
  return true;
}

function report() {
  clearTimeout(batch);
  batch = setTimeout(() => trigger("report", {lines}), 150);
}

function note(kind, text, line) {
  const known = lines.find(entry => entry.kind === kind && entry.text === text && entry.line === line);
  if (known) known.count++;
  else if (lines.length < MOST_LINES) lines.push({kind, text, line, count: 1});
  else return;
  report();
}

function receive(event) {
  if (flooded()) return;
  const said = event.data;
  if (typeof said !== "object" || said === null || typeof said.text !== "string") return;
  heard = Date.now();
  if (said.kind === "alive" || said.kind === "ready") return say("");
  if (KINDS.includes(said.kind)) note(said.kind, said.text.slice(0, LONGEST), Number.isInteger(said.line) ? said.line : 0);
}

// The port is taken once, from this very frame, with the token that only this document was given; a document that comes after it has neither.
window.addEventListener("message", event => {
  if (!frame || event.source !== frame.contentWindow || flooded()) return;
  const said = event.data;
  if (port || event.origin !== "null" || said?.type !== "artifact" || said.token !== props.view.token || event.ports.length !== 1) return;
  port = event.ports[0];
  port.onmessage = receive;
});

setInterval(() => {
  messages = Math.max(0, messages - MESSAGES_A_SECOND);
  if (document.hidden || !frame) { heard = Date.now(); return; }
  if (Date.now() - heard > QUIET_MS) say(words("busy"));
}, 1000);

again.addEventListener("click", show);
end.addEventListener("click", () => shut(words("closed")));

// While the model writes, the code stays scrolled to its end, unless the reader has scrolled up.
let followed = 0;
setInterval(() => {
  const code = document.querySelector("#artifact_code .cm-scroller");
  if (!props.view?.writing || !code) { followed = 0; return; }
  if (code.scrollTop >= followed - 4) code.scrollTop = code.scrollHeight;
  followed = code.scrollTop;
}, 150);

watch("view", show);
show();
