(() => {
  // The first script of the page: tells the app what happens in it. It is a convenience, not a wall: the page can undo all of it.
  const LINES_ABOVE = __LINES_ABOVE__, MOST_LINES = 100, LONGEST = 1000;
  const channel = new MessageChannel();
  const post = channel.port1.postMessage.bind(channel.port1);
  parent.postMessage({type: "artifact", token: "__TOKEN__"}, "*", [channel.port2]);
  document.currentScript.remove();

  let sent = 0;
  const tell = (kind, text, line = 0) => {
    if (sent++ < MOST_LINES) post({kind, text: String(text).slice(0, LONGEST), line: Math.max(0, line - LINES_ABOVE)});
  };
  const shown = value => {
    if (typeof value === "string") return value;
    if (value instanceof Error) return `${value.name}: ${value.message}`;
    try { return JSON.stringify(value) ?? String(value); } catch { return String(value); }
  };

  addEventListener("error", event => {
    if (event.target === window) return tell("error", event.message, event.lineno);
    tell("error", `Could not load ${event.target.localName} ${event.target.src || event.target.href || ""}`);
  }, true);
  addEventListener("unhandledrejection", event => tell("error", `Unhandled rejection: ${shown(event.reason)}`));
  addEventListener("securitypolicyviolation", event =>
    tell("blocked", `${event.effectiveDirective}: ${event.blockedURI}`, event.lineNumber));
  for (const kind of ["log", "info", "warn", "error"]) {
    const original = console[kind];
    console[kind] = (...values) => { tell(kind, values.map(shown).join(" ")); original.apply(console, values); };
  }
  addEventListener("load", () => post({kind: "ready", text: ""}));
  setInterval(() => post({kind: "alive", text: ""}), 1000);

  // Without an origin the real stores throw when touched, and pages that touch them at their start would die.
  const store = () => {
    const kept = new Map();
    const methods = {
      getItem: key => kept.get(String(key)) ?? null,
      setItem: (key, value) => void kept.set(String(key), String(value)),
      removeItem: key => void kept.delete(String(key)),
      clear: () => kept.clear(),
      key: index => [...kept.keys()][index] ?? null,
    };
    return new Proxy(methods, {
      get: (_, key) => key === "length" ? kept.size : methods[key] ?? kept.get(key),
      set: (_, key, value) => { methods.setItem(key, value); return true; },
      deleteProperty: (_, key) => { kept.delete(key); return true; },
      ownKeys: () => [...kept.keys()],
      getOwnPropertyDescriptor: (_, key) => kept.has(key) ? {value: kept.get(key), enumerable: true, configurable: true} : undefined,
    });
  };
  const put = (owner, name, value) => Object.defineProperty(owner, name, {value, configurable: true, writable: true});
  put(window, "localStorage", store());
  put(window, "sessionStorage", store());
  Object.defineProperty(document, "cookie", {get: () => "", set: () => {}, configurable: true});

  // Dialogs cannot open here; what they would say is shown at the foot of the page for some seconds.
  const toasts = new Set();
  const toast = text => {
    const box = document.createElement("div");
    toasts.add(box);
    box.textContent = String(text);
    box.style.cssText = "position:fixed;left:50%;bottom:16px;transform:translateX(-50%);max-width:90%;padding:10px 16px;border-radius:8px;"
      + "background:#222;color:#fff;font:14px system-ui,sans-serif;white-space:pre-wrap;z-index:2147483647";
    (document.body || document.documentElement).append(box);
    setTimeout(() => { box.remove(); toasts.delete(box); }, 4000);
  };
  put(window, "alert", text => toast(text ?? ""));
  put(window, "confirm", text => { toast(text ?? ""); return true; });
  put(window, "prompt", (text, given) => { toast(text ?? ""); return given ?? null; });
  put(window, "print", () => toast("Printing works in the downloaded page."));

  // A link would replace the page by an empty one, or open an empty tab by the middle button, because the frame may not go anywhere.
  const follow = event => {
    const link = event.target.closest?.("a[href]");
    const address = link?.getAttribute("href").trim() ?? "";
    if (!link || /^javascript:/i.test(address)) return;
    event.preventDefault();
    if (address.length > 1 && address[0] === "#") document.getElementById(address.slice(1))?.scrollIntoView({behavior: "smooth"});
    else if (address && address[0] !== "#") tell("warn", `Links open only in the downloaded page: ${address}`);
  };
  addEventListener("click", follow, true);
  addEventListener("auxclick", follow, true);
  addEventListener("submit", event => {  // a form that the page does not see to itself would do the same
    if (!event.defaultPrevented) tell("blocked", `form-action: ${event.target.action}`);
    event.preventDefault();
  });

  // The app may ask for a trial: is there anything to be seen, and what breaks when the buttons are pressed.
  const SETTLE_MS = 500, AFTER_MS = 300, MOST_PRESSED = 20;
  const BUTTONS = "button, [role=button], input[type=button], input[type=submit]";
  const SHOWS = "svg, img, video, input, button, select, textarea";
  const seen = element => element.checkVisibility?.({visibilityProperty: true}) ?? true;
  const sized = element => {
    const {width, height} = element.getBoundingClientRect();
    return width * height >= 64 && seen(element);
  };
  // What the app itself put into the page: where its rows come from, and what it would have said in a dialog.
  const isOurs = node => [...toasts, ...document.querySelectorAll("body > details")].some(part =>
    part.contains(node) && (toasts.has(part) || (window.qsql && part.lastChild?.textContent === window.qsql.sql)));
  const hasText = () => {
    const texts = document.createTreeWalker(document.body ?? document.documentElement, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode;
      if (text.data.trim() && seen(text.parentElement) && !isOurs(text)) return true;
    }
    return false;
  };
  const isDrawnOn = canvas => {
    const small = document.createElement("canvas"), pen = small.getContext("2d");
    small.width = Math.min(canvas.width, 500);
    small.height = Math.min(canvas.height, 500);
    if (!small.width || !small.height || !seen(canvas)) return false;
    pen.drawImage(canvas, 0, 0, small.width, small.height);
    const dots = new Uint32Array(pen.getImageData(0, 0, small.width, small.height).data.buffer);
    return dots.some(dot => dot !== dots[0]) || !canvas.getContext("2d");  // WebGL keeps nothing that could be read here
  };
  const isBlank = () => !hasText()
    && ![...document.querySelectorAll(SHOWS)].some(part => sized(part) && (part.localName !== "img" || part.naturalWidth > 0))
    && ![...document.querySelectorAll("canvas")].some(isDrawnOn);
  const isPressable = button => !button.matches(":disabled, [aria-disabled=true]") && sized(button) && !isOurs(button);
  const pressable = () => [...document.querySelectorAll(BUTTONS)].filter(isPressable).slice(0, MOST_PRESSED);
  const pressAll = () => pressable().filter((first, place) => {
    const button = first.isConnected ? first : pressable()[place];  // a page may draw itself anew at each press
    if (!button || !isPressable(button)) return false;
    button.dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true, view: window}));
    return true;
  }).length;
  const attempt = () => {
    const blank = isBlank(), pressed = pressAll();
    setTimeout(() => post({kind: "checked", text: JSON.stringify({blank, pressed})}), AFTER_MS);
  };
  const check = () => {
    if (document.readyState === "complete") setTimeout(attempt, SETTLE_MS);
    else addEventListener("load", () => setTimeout(attempt, SETTLE_MS));
  };

  // The app may ask for a picture: a copy of the page as it stands, as XML in an SVG image, drawn on a canvas.
  const MOST_ELEMENTS = 20000, TALLEST = 4000, SHARP = 2e6, LARGEST = {small: 200 * 1024, whole: 16 * 1024 * 1024};
  const NAME = /^[A-Za-z_][\w.-]*$/, NOT_XML = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;
  const STILL = "*,*::before,*::after{animation-duration:0s!important;animation-delay:0s!important;transition:none!important}";
  const rulesOf = sheet => [...sheet.cssRules].map(rule => rule.cssText).join("\n");
  // In the picture a share of the window's height would be one of the picture's height.
  const inPixels = css => css.replace(/(?<![\w.-])(\d*\.?\d+)[dls]?vh\b/g, (_, share) => `${share * innerHeight / 100}px`);
  const ofHere = css => inPixels(css).replace(/:root\b/g, ":is(html:not(.n))");  // the picture's root is not the page's; as strong as :root
  const canvasWith = (width, height, image) => {
    const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
    canvas.width = width;
    canvas.height = height;
    pen.fillStyle = "#fff";
    if (image.localName !== "canvas") pen.fillRect(0, 0, width, height);
    pen.drawImage(image, 0, 0, width, height);
    return canvas;
  };
  const imageOf = (canvas, copy) => {
    const image = copy.ownerDocument.createElement("img"), looks = getComputedStyle(canvas);
    for (const name of looks) image.style.setProperty(name, looks.getPropertyValue(name));
    image.src = canvas.toDataURL();
    return image;
  };
  const keepState = (part, copy) => {
    for (const {name, namespaceURI} of [...copy.attributes]) if (!namespaceURI && !NAME.test(name)) copy.removeAttribute(name);
    if (copy.hasAttribute("style")) copy.setAttribute("style", inPixels(copy.getAttribute("style")));
    if (part.localName === "canvas" && part.width && part.height) copy.replaceWith(imageOf(part, copy));
    else if (part.localName === "img" && /^blob:/.test(part.src) && part.naturalWidth)
      copy.setAttribute("src", canvasWith(part.naturalWidth, part.naturalHeight, part).toDataURL());
    else if (part.localName === "input" && /^(checkbox|radio)$/.test(part.type)) copy.toggleAttribute("checked", part.checked);
    else if (part.localName === "input" && part.type !== "file") copy.setAttribute("value", part.value);
    else if (part.localName === "textarea") copy.textContent = part.value;
    else if (part.localName === "option") copy.toggleAttribute("selected", part.selected);
    else if (part.localName === "style") copy.textContent = ofHere(part.textContent.trim() || (part.sheet ? rulesOf(part.sheet) : ""));
    else if (!NAME.test(part.localName)) copy.replaceWith(...copy.childNodes);
  };
  // The background of the body covers the window only where it is the root of a document, which it is not in the picture.
  const spreadBackground = (root, copy) => {
    const bare = looks => looks.backgroundColor === "rgba(0, 0, 0, 0)" && looks.backgroundImage === "none";
    const body = copy.querySelector("body"), bodys = bare(getComputedStyle(root)) && body && document.body;
    const looks = getComputedStyle(bodys || root);
    for (const name of ["background-color", "background-image", "background-size", "background-repeat", "background-position"])
      copy.style.setProperty(name, looks.getPropertyValue(name), "important");
    if (bodys) body.style.setProperty("background", "none", "important");
  };
  const copied = (root, height) => {
    const copy = document.implementation.createHTMLDocument("").importNode(root, true);
    const parts = root.querySelectorAll("*"), copies = copy.querySelectorAll("*");
    if (parts.length > MOST_ELEMENTS) throw new Error("The page is too large for a picture.");
    parts.forEach((part, place) => keepState(part, copies[place]));
    copy.querySelectorAll("script, noscript, template, link, meta, base, iframe, title").forEach(part => part.remove());
    const comments = copy.ownerDocument.createTreeWalker(copy, NodeFilter.SHOW_COMMENT), found = [];
    while (comments.nextNode()) found.push(comments.currentNode);
    found.forEach(comment => comment.remove());
    const style = copy.ownerDocument.createElement("style");
    style.textContent = ofHere(document.adoptedStyleSheets.map(rulesOf).join("\n")) + STILL;
    copy.append(style);
    spreadBackground(root, copy);
    copy.style.cssText += `;display:block!important;overflow:hidden!important;margin:0!important;min-height:${height}px!important`;
    return copy;
  };
  const asImage = async (width, height) => {
    const root = document.documentElement;
    const xml = new XMLSerializer().serializeToString(copied(root, height)).replace(NOT_XML, " ").toWellFormed();
    const size = `width="${width}" height="${height}" style="font-size:${getComputedStyle(root).fontSize}"`;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${size}><foreignObject width="100%" height="100%">${xml}</foreignObject></svg>`;
    const image = new Image();
    await new Promise((done, failed) => {
      image.onload = done;
      image.onerror = failed;
      image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
    });
    return image;
  };
  const pictureOf = async (kind, wide) => {
    const root = document.documentElement, width = root.clientWidth;
    const height = kind === "whole" ? Math.min(TALLEST, Math.max(root.scrollHeight, innerHeight)) : innerHeight;
    const image = await asImage(width, height);
    const tries = kind === "whole"
      ? [[width * height <= SHARP ? 2 : 1, "image/png"], [1, "image/png"]]
      : [[wide / width, "image/jpeg", 0.8], [wide / width, "image/jpeg", 0.4]];
    for (const [scale, type, quality] of tries) {
      const url = canvasWith(Math.round(width * scale), Math.round(height * scale), image).toDataURL(type, quality);
      if (url.length <= LARGEST[kind]) return url;
    }
    return "";
  };

  channel.port1.onmessage = ({data}) => {
    if (data.ask === "check") check();
    if (data.ask === "picture")
      pictureOf(data.kind, data.width).catch(() => "").then(text => post({kind: "picture", of: data.kind, text}));
  };
})();
