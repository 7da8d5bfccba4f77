(() => {
  // The rows of the page, which it can read and not change; at its foot stands when they were read, and by which SQL.
  const given = JSON.parse(__GIVEN__), names = given.columns.map(column => column.name);
  const keep = Object.defineProperty;
  given.rows = given.rows.map(cells => {
    const row = {};  // a column may be called __proto__: it is defined, not assigned
    cells.forEach((value, place) => keep(row, names[place], {value, enumerable: true}));
    return Object.freeze(row);
  });
  for (const part of [given, given.columns, given.rows, ...given.columns]) Object.freeze(part);
  keep(window, "qsql", {value: given, writable: false, configurable: false});
  document.currentScript.remove();

  const made = (tag, style, text, ...inside) => {
    const element = document.createElement(tag);
    element.style.cssText = style;
    element.append(text, ...inside);
    return element;
  };
  addEventListener("DOMContentLoaded", () => {
    const zh = document.documentElement.lang.startsWith("zh"), time = given.made ? new Date(given.made).toLocaleString(zh ? "zh-CN" : "en-GB", {dateStyle: "medium", timeStyle: "short"}) : "";
    const count = given.rows.length.toLocaleString("en"), first = given.more;
    const said = zh ? `${first ? "前 " : ""}${count} 行${time && `，读取于 ${time}`}` : `${first ? "The first " : ""}${count} rows${time && `, read ${time}`}`;
    const sql = made("pre", "margin:6px 0 0;white-space:pre-wrap;overflow-wrap:anywhere;font:12px/1.4 ui-monospace,monospace", given.sql);
    const line = made("summary", "cursor:pointer", `${said} · SQL`);
    document.body?.append(made("details", "grid-column:1/-1;width:100%;box-sizing:border-box;padding:8px 16px 12px;font:12px/1.4 system-ui,sans-serif;opacity:.75;text-align:left", "", line, sql));
  });
})();
