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
  const toast = text => {
    const box = document.createElement("div");
    box.textContent = String(text);
    box.style.cssText = "position:fixed;left:50%;bottom:16px;transform:translateX(-50%);max-width:90%;padding:10px 16px;border-radius:8px;"
      + "background:#222;color:#fff;font:14px system-ui,sans-serif;white-space:pre-wrap;z-index:2147483647";
    (document.body || document.documentElement).append(box);
    setTimeout(() => box.remove(), 4000);
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
})();
