// The language and the theme of this browser, in cookies; a question that was typed survives the reload that a language needs.
() => {
  const QUESTION = "#ask_question textarea", KEPT = "qsql_question";
  const secure = location.protocol === "https:" ? "; Secure" : "";
  const remember = (name, value) => { document.cookie = `${name}=${value}; path=/; max-age=31536000; SameSite=Lax${secure}`; };
  const system = matchMedia("(prefers-color-scheme: dark)");
  let chosen = "";

  function draw(theme) {
    chosen = theme;
    document.body.classList.toggle("dark", theme === "dark" || (theme === "system" && system.matches));
    const url = new URL(location.href);
    if (theme === "system") url.searchParams.delete("__theme");
    else url.searchParams.set("__theme", theme);
    history.replaceState(history.state, "", url);
  }
  system.addEventListener("change", () => { if (chosen === "system") draw(chosen); });

  function restore() {
    const text = sessionStorage.getItem(KEPT), box = document.querySelector(QUESTION);
    sessionStorage.removeItem(KEPT);
    if (!text || !box || box.value) return;
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, text);
    box.dispatchEvent(new Event("input", {bubbles: true}));
  }

  window.qsqlLook = {
    language(name) {
      if (["en", "zh"].includes(name)) remember("qsql_language", name);
      return name;
    },
    theme(name) {
      if (["system", "light", "dark"].includes(name)) {
        remember("qsql_theme", name);
        draw(name);
      }
      return name;
    },
    again() {
      sessionStorage.setItem(KEPT, document.querySelector(QUESTION)?.value || "");
      location.reload();
    },
  };
  restore();
}
