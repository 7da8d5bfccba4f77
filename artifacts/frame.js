// Runs in the app's page as the code of the preview component: makes the frame, and reads what the page in it reports.
// `element`, `props`, `watch` and `trigger` come from Gradio, which has an event for each name that stands here in quotes.
// Whatever a page sends is untrusted: it is cut, counted, and shown as text only.
const ATTRIBUTES = __ATTRIBUTES__;
const KINDS = ["error", "blocked", "warn", "info", "log"];
const MOST_LINES = 100, MOST_MESSAGES = 1000, MESSAGES_A_SECOND = 5, LONGEST = 1000, QUIET_MS = 6000;
const stage = element.querySelector(".artifact-stage"), state = element.querySelector(".artifact-state");
const again = element.querySelector(".artifact-again"), end = element.querySelector(".artifact-close");
const boxes = new Set();

let keep = 0;
const say = (text, forMs = 0) => { state.textContent = text; keep = Date.now() + forMs; };
const words = key => props.view?.texts?.[key] || "";

// One frame with the page in it, and the port to it: counts its messages, collects its lines, and hands on what else it says.
class Box {
  // A new element for each page, so that nothing of the last one lives on; its attributes stand before its document does.
  constructor(place, attributes, on) {
    Object.assign(this, {on, token: props.view.token, port: null, lines: [], messages: 0, heard: Date.now(), seconds: 0});
    this.frame = document.createElement("iframe");
    for (const [name, value] of Object.entries({...attributes, ...ATTRIBUTES})) this.frame.setAttribute(name, value);
    let loads = 0;
    this.frame.addEventListener("load", () => { if (++loads > 1) on.left?.(); });
    this.frame.srcdoc = props.view.document;
    boxes.add(this);
    place.append(this.frame);
  }

  close() {
    boxes.delete(this);
    this.port?.close();
    this.frame.remove();
  }

  ask(what) { this.port?.postMessage(what); }

  // The port is taken once, from this very frame, with the token that only this document was given; a document that comes after it
  // has neither.
  take(event) {
    if (event.source !== this.frame.contentWindow || this.floods()) return;
    const said = event.data;
    if (this.port || event.origin !== "null" || said?.type !== "artifact" || said.token !== this.token || event.ports.length !== 1) return;
    this.port = event.ports[0];
    this.port.onmessage = message => this.receive(message.data);
    this.on.open?.();
  }

  receive(said) {
    if (!boxes.has(this) || this.floods()) return;
    if (typeof said !== "object" || said === null || typeof said.text !== "string") return;
    this.heard = Date.now();
    if (KINDS.includes(said.kind)) this.note(said.kind, said.text.slice(0, LONGEST), Number.isInteger(said.line) ? said.line : 0);
    else this.on.said(said);
  }

  note(kind, text, line) {
    const known = this.lines.find(entry => entry.kind === kind && entry.text === text && entry.line === line);
    if (known) known.count++;
    else if (this.lines.length < MOST_LINES) this.lines.push({kind, text, line, count: 1});
    else return;
    this.on.noted?.();
  }

  floods() {
    if (++this.messages <= MOST_MESSAGES) return false;
    this.on.flooded();
    return true;
  }

  second() {
    this.messages = Math.max(0, this.messages - MESSAGES_A_SECOND);
    if (document.hidden) this.heard = Date.now();
    else this.seconds++;
  }

  quiet() { return Date.now() - this.heard; }
}

// The frame that the person sees.
let shown = null, batch = null, restart = null;

function shut(text) {
  clearTimeout(batch);
  clearTimeout(restart);
  forgetPictures();
  shown?.close();
  shown = null;
  again.hidden = !props.view?.document;
  end.hidden = true;
  say(text);
}

function show() {
  again.textContent = words("again");
  end.textContent = words("close");
  shut("");
  endTrial();
  stage.dataset.note = props.view?.note || "";
  if (!props.view?.document) return;
  shown = new Box(stage, {}, {said: hear, noted: report, flooded: () => shut(words("flooded"))});
  end.hidden = false;
  say(words("loading"));
  beginTrial();
}

function report() {
  clearTimeout(batch);
  const {lines} = shown;
  batch = setTimeout(() => trigger("report", {lines}), 150);
}

function hear(said) {
  if (said.kind === "picture") return takePicture(said);
  if (said.kind !== "alive" && said.kind !== "ready") return;
  if (Date.now() >= keep) say("");
  if (said.kind === "ready") portray ??= setTimeout(askSmall, PORTRAY_MS);
}

// A second frame in which the page is tried, out of sight: its buttons are pressed there, not under the person's eyes. It overlaps the
// window by a pixel, because browsers slow down what is wholly outside; it stands in the body, to be laid out while another tab is open.
const TRIAL_QUIET_MS = 8000, TRIAL_SECONDS = 20, MOST_PRESSED = 20, FROZEN_MS = 4000, RESTART_MS = 300;
const OUT_OF_SIGHT = {
  "aria-hidden": "true", tabindex: "-1", inert: "", class: "artifact-trial",
  style: "position:fixed;left:calc(100vw - 1px);top:calc(100vh - 1px);width:1000px;height:700px;max-width:none;border:0;opacity:0;"
    + "pointer-events:none;background:#fff;color-scheme:light",
};
let trial = null, told = null;

// Once for each document: one that was told of is not tried again when it is run again.
function beginTrial() {
  if (!props.view.check || told === props.view.token) return;
  trial = new Box(document.body, OUT_OF_SIGHT, {
    open: () => trial.ask({ask: "check"}),
    said: said => said.kind === "checked" && conclude(findings(said.text)),
    flooded: () => conclude({flooded: true}),
    left: () => conclude({}),  // a button began the page anew, and the document that was asked is gone
  });
}

function endTrial() {
  trial?.close();
  trial = null;
}

function findings(text) {
  try {
    const {blank, pressed} = JSON.parse(text.slice(0, LONGEST));
    return {blank: blank === true, pressed: Number.isInteger(pressed) ? Math.min(Math.max(pressed, 0), MOST_PRESSED) : 0};
  } catch { return null; }
}

function conclude(found) {
  if (!trial || !found) return;
  const {token, lines} = trial;
  endTrial();
  told = token;
  trigger("checked", {token, lines, blank: false, pressed: 0, hung: false, flooded: false, ...found});
}

// Browsers run both frames in one process, and a script that spins in it ends only with the last of them: then the page begins anew.
function giveUp() {
  conclude({hung: true});
  if (!shown || shown.quiet() < FROZEN_MS) return;
  shut(words("loading"));
  restart = setTimeout(show, RESTART_MS);
}

// Pictures that the page draws of itself: a small one after a moment, a whole one when the app wants to save it.
const PORTRAY_MS = 1200, PICTURE_MS = 10000, SMALL_WIDE = 480;
const LARGEST = {small: 200 * 1024, whole: 16 * 1024 * 1024};
const STARTS = {small: /^data:image\/(jpeg|webp|png);base64,/, whole: /^data:image\/png;base64,iVBORw0KGgo/};
const wanted = new Map();
let portray = null, patience = null, pictured = null;

function forgetPictures() {
  clearTimeout(portray);
  clearTimeout(patience);
  portray = null;
  wanted.clear();
}

function askPicture(kind, then) {
  wanted.set(kind, then);
  shown.ask({ask: "picture", kind, width: SMALL_WIDE});
}

function takePicture({of, text}) {
  const then = wanted.get(of);
  wanted.delete(of);
  then?.(text.length <= LARGEST[of] && STARTS[of].test(text) && !/[^A-Za-z0-9+/=]/.test(text.slice(text.indexOf(",") + 1)) ? text : "");
}

function askSmall() {
  const {token, frame} = shown;
  if (pictured === token) return;
  if (!frame.offsetWidth) return void (portray = setTimeout(askSmall, 1000));  // another tab is open
  askPicture("small", url => {
    if (!url) return;
    pictured = token;
    trigger("pictured", {token, url});
  });
}

function noPicture() {
  wanted.delete("whole");
  say(words("no_picture"), QUIET_MS);
}

function save(url) {
  const bytes = Uint8Array.from(atob(url.slice(url.indexOf(",") + 1)), letter => letter.charCodeAt(0));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], {type: "image/png"}));
  link.download = `${props.view.name || "page"}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), PICTURE_MS);
}

element.addEventListener("artifact-picture", () => {
  if (!shown) return noPicture();
  clearTimeout(patience);
  patience = setTimeout(noPicture, PICTURE_MS);
  askPicture("whole", url => {
    clearTimeout(patience);
    try { url ? save(url) : noPicture(); } catch { noPicture(); }
  });
});

window.addEventListener("message", event => boxes.forEach(box => box.take(event)));

setInterval(() => {
  boxes.forEach(box => box.second());
  if (shown && shown.quiet() > QUIET_MS && Date.now() >= keep) say(words("busy"));
  if (trial && !element.isConnected) endTrial();
  if (trial && (trial.quiet() > TRIAL_QUIET_MS || trial.seconds > TRIAL_SECONDS)) giveUp();
}, 1000);

again.addEventListener("click", show);
end.addEventListener("click", () => { shut(words("closed")); endTrial(); });

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
