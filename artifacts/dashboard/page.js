// Shows the rows of window.qsql as a specification says: key figures, charts, a table, and filters that all of them share.
// It stands in the page itself, asks for nothing, and sets text only as text. Whatever the columns are called, charts know them as x, y and color.
window.dashboard = spec => {
  const TEXTS = __TEXTS__[document.documentElement.lang] || __TEXTS__.en, LANGUAGE = document.documentElement.lang || "en";
  const ACCENTS = {
    blue: "#3b6fd4", green: "#2e8b57", teal: "#1b8a8f", purple: "#7a55c7", pink: "#cf4f8b", red: "#cc4444",
    orange: "#d9822b", yellow: "#c9a400", brown: "#8d6748", grey: "#6f7a86", black: "#333a42",
  };
  const MOST_BARS = 40, MOST_SLICES = 10, MOST_CHOICES = 200, ROWS_AT_ONCE = 100, MOST_CATEGORIES = 30;
  const ALL = "\u0000all";
  const {rows, columns} = window.qsql, names = columns.map(column => column.name);
  const dark = spec.theme === "dark", accent = ACCENTS[spec.accent] || ACCENTS.blue;
  const chosen = new Map();  // a column -> what a row of it must hold to

  const make = (tag, attributes = {}, ...inside) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== undefined && value !== false) made.setAttribute(name, value);
    made.append(...inside.filter(part => part !== "" && part !== null && part !== undefined));
    return made;
  };

  // Columns

  const DATE = /^\d{4}-\d\d(-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?)?)?$/;
  const ORDERS = [
    "mon tue wed thu fri sat sun", "monday tuesday wednesday thursday friday saturday sunday",
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "january february march april may june july august september october november december",
    "周一 周二 周三 周四 周五 周六 周日", "星期一 星期二 星期三 星期四 星期五 星期六 星期日",
    "一月 二月 三月 四月 五月 六月 七月 八月 九月 十月 十一月 十二月",
  ].map(words => words.split(" "));
  const kinds = new Map(columns.map(({name, kind}) => {
    const values = rows.map(row => row[name]).filter(value => value !== null);
    if (kind === "number") return [name, {kind: "number"}];
    if (values.length && values.every(value => typeof value === "string" && DATE.test(value))) return [name, {kind: "date"}];
    const order = ORDERS.find(words => values.length && values.every(value => words.includes(String(value).toLowerCase())));
    return [name, {kind: order ? "ordered" : "text", order}];
  }));
  const kindOf = name => kinds.get(name)?.kind || "text";
  const different = (given, name) => [...new Set(given.map(row => row[name]))];
  const time = value => new Date(value.length === 7 ? `${value}-01T00:00` : value.length === 10 ? `${value}T00:00` : value.replace(" ", "T"));
  const by = name => (a, b) => {
    if (a === null || b === null) return (a === null) - (b === null);
    const order = kinds.get(name)?.order;
    if (order) return order.indexOf(String(a).toLowerCase()) - order.indexOf(String(b).toLowerCase());
    return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), LANGUAGE, {numeric: true});
  };

  // Values

  const PLAIN = /year|(^|_)id$|zip|code|年/i;  // numbers that name something are not grouped
  const written = (value, name = "") => {
    if (value === null || value === undefined) return "—";
    if (typeof value === "boolean") return value ? TEXTS.yes : TEXTS.no;
    if (typeof value !== "number") return String(value);
    return new Intl.NumberFormat(LANGUAGE, {maximumFractionDigits: 2, useGrouping: !PLAIN.test(name)}).format(value);
  };
  const named = text => text in {} ? `\u200b${text}` : text;  // Vega keeps groups by name in plain objects
  const called = value => value === null ? "—" : named(String(value));
  const AGGREGATES = {
    sum: values => values.reduce((sum, value) => sum + value, 0),
    mean: values => values.reduce((sum, value) => sum + value, 0) / values.length,
    median: values => { const sorted = [...values].sort((a, b) => a - b), half = sorted.length >> 1; return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2; },
    min: values => values.reduce((least, value) => Math.min(least, value)),
    max: values => values.reduce((most, value) => Math.max(most, value)),
  };
  const tidy = value => Number.isInteger(value) ? value : Number(value.toPrecision(12));
  const aggregate = (given, part, name) => {
    if (part.aggregate === "count") return given.length;
    const values = given.map(row => row[name]).filter(value => typeof value === "number");
    return values.length ? tidy(AGGREGATES[part.aggregate](values)) : null;
  };
  const grouped = (given, key) => {
    const groups = new Map();
    for (const row of given) {
      const found = key(row), group = groups.get(found);
      if (group) group.push(row); else groups.set(found, [row]);
    }
    return groups;
  };

  /** The points of a chart that has one number for each x, or each x and color; and of how many x these are. */
  function points(given, part) {
    const groups = [...grouped(given, row => row[part.x])].map(([x, group]) => ({x, group, y: aggregate(group, part, part.y)}));
    const ordered = kindOf(part.x) !== "text", line = part.kind === "line" || part.kind === "area";
    const most = part.top || (part.kind === "pie" ? MOST_SLICES : part.kind === "bar" && !(ordered && kindOf(part.x) !== "number") ? MOST_BARS : Infinity);
    const largest = [...groups].sort((a, b) => (b.y ?? -Infinity) - (a.y ?? -Infinity)).slice(0, most);
    const shown = ordered || line ? largest.sort((a, b) => by(part.x)(a.x, b.x)) : largest;
    const made = shown.flatMap(({x, group, y}) => part.color
      ? [...grouped(group, row => row[part.color])].map(([color, inside]) => ({x, color, y: aggregate(inside, part, part.y)}))
      : [{x, y}]);
    const sums = part.aggregate === "sum" || part.aggregate === "count";
    if (part.kind === "pie" && !part.top && sums && groups.length > shown.length) {
      const inside = new Set(shown.map(({x}) => x));
      made.push({x: TEXTS.other, y: aggregate(given.filter(row => !inside.has(row[part.x])), part, part.y)});
      return {made: made.filter(point => point.y !== null), whole: shown.length, of: shown.length};
    }
    return {made: made.filter(point => point.y !== null), whole: shown.length, of: groups.length};
  }

  // Charts

  const number = (field, title, more = {}) => ({field, type: "quantitative", title, ...more});
  // Vega-Lite writes titles into expressions without quoting them well.
  const safe = name => named(name).replaceAll("\\", "⧵").replaceAll('"', "”").replace(/[\u0000-\u001f\u2028\u2029]/g, " ");
  const says = part => {
    if (part.aggregate === "count") return TEXTS.rows_count;
    const told = part.aggregate === "sum" || part.y.toLowerCase().includes(part.aggregate) || /avg|average|平均/i.test(part.y);
    return safe(told ? part.y : `${part.y} (${TEXTS[part.aggregate]})`);
  };
  const axis = {labelLimit: 160, labelOverlap: "greedy"};
  const valued = (made, more = {}) => ({...axis, tickCount: 6, format: made.some(({y}) => Math.abs(y) >= 10000) ? "~s" : ",.4~g", ...more});
  const single = {color: {value: accent}};

  /** What a screen reader says of a point: exact, where the axis rounds. */
  const told = (part, {x, y, color}) => [`${part.x}: ${written(x, part.x)}`, ...(part.color ? [`${part.color}: ${written(color ?? null, part.color)}`] : []), `${says(part)}: ${written(y, part.y)}`].join("; ");
  const heard = {description: {field: "told", type: "nominal"}};

  function along(part, made) {
    const kind = kindOf(part.x), values = made.map(point => ({...point, told: told(part, point), x: kind === "date" ? time(point.x).getTime() : kind === "number" ? point.x : called(point.x), color: called(point.color ?? null)}));
    const continuous = kind === "date" || (kind === "number" && different(made, "x").length > MOST_CATEGORIES);
    const type = kind === "date" ? "temporal" : continuous ? "quantitative" : "ordinal";
    return {values, x: {field: "x", type, title: safe(part.x), axis: {...axis, ...(continuous ? {} : {labelAngle: 0})}, ...(continuous ? {scale: {nice: false, ...(kind === "date" ? {} : {zero: false})}} : {sort: null})}};
  }
  const colored = part => part.color ? {color: {field: "color", type: "nominal", title: safe(part.color), sort: null}} : single;
  const tips = (part, x) => ({tooltip: [{field: "x", type: x, title: safe(part.x)}, ...(part.color ? [{field: "color", type: "nominal", title: safe(part.color)}] : []), {field: "y", type: "quantitative", title: says(part), format: ",.6~g"}]});

  const DRAWN = {
    bar(part, made) {
      const {values, x} = along(part, made), long = kindOf(part.x) === "text" && (different(made, "x").length > 8 || values.some(({x}) => x.length > 12));
      const category = x.type === "ordinal" ? x : {...x, ...(kindOf(part.x) === "number" ? {type: "ordinal", sort: null, scale: undefined} : {})};
      const value = number("y", says(part), {axis: valued(made), stack: part.color ? "zero" : undefined});
      const encoding = long ? {y: {...category, axis: {...axis, labelAngle: 0}}, x: value} : {x: category, y: value};
      const height = long ? 22 * different(made, "x").length + 8 : 300;
      return {data: {values}, height, mark: {type: "bar", cornerRadiusEnd: 2}, encoding: {...encoding, ...colored(part), ...tips(part, category.type), ...heard}};
    },
    line: (part, made, mark = {type: "line", point: made.length < 80, strokeWidth: 2}) => {
      const {values, x} = along(part, made);
      return {data: {values}, mark, encoding: {x, y: number("y", says(part), {axis: valued(made), scale: {zero: mark.type === "area"}}), ...colored(part), ...tips(part, x.type), ...heard}};
    },
    area: (part, made) => DRAWN.line(part, made, {type: "area", line: true, opacity: part.color ? 0.8 : 0.5}),
    pie: (part, made) => ({
      data: {values: made.map(({x, y}, place) => ({x: called(x), y, place, told: told(part, {x, y})}))}, mark: {type: "arc", innerRadius: 60, stroke: dark ? "#1c2128" : "#fff"},
      encoding: {theta: number("y", says(part), {stack: true}), order: {field: "place", type: "quantitative"}, color: {field: "x", type: "nominal", title: safe(part.x), sort: null}, ...tips(part, "nominal"), ...heard},
    }),
    scatter: (part, given) => ({
      data: {values: given.map(row => ({x: row[part.x], y: row[part.y], color: called(row[part.color] ?? null)}))},
      mark: {type: "circle", opacity: 0.6, size: 36},
      encoding: {x: number("x", safe(part.x), {scale: {zero: false}}), y: number("y", safe(part.y), {scale: {zero: false}}), ...colored(part), ...tips(part, "quantitative")},
    }),
    histogram: (part, given) => ({
      data: {values: given.map(row => ({x: row[part.x]}))}, mark: {type: "bar", cornerRadiusEnd: 1},
      encoding: {x: {field: "x", bin: {maxbins: 30}, title: safe(part.x)}, y: {aggregate: "count", title: TEXTS.rows_count}, ...single, tooltip: [{field: "x", bin: {maxbins: 30}, title: safe(part.x)}, {aggregate: "count", title: TEXTS.rows_count}]},
    }),
    heatmap(part, given) {
      const cells = [...grouped(given, row => JSON.stringify([row[part.x], row[part.y]]))].map(([, group]) => ({x: group[0][part.x], y: group[0][part.y], value: aggregate(group, part, part.color)})).filter(({value}) => value !== null);
      const sorted = (name, key) => different(cells, key).sort(by(name)).map(called);
      return {
        data: {values: cells.map(cell => ({...cell, told: `${part.x}: ${called(cell.x)}; ${part.y}: ${called(cell.y)}; ${part.color}: ${written(cell.value, part.color)}`, x: called(cell.x), y: called(cell.y)}))}, mark: "rect", height: Math.max(160, Math.min(520, 24 * different(cells, "y").length)),
        encoding: {
          x: {field: "x", type: "ordinal", title: safe(part.x), sort: sorted(part.x, "x"), axis}, y: {field: "y", type: "ordinal", title: safe(part.y), sort: sorted(part.y, "y"), axis},
          ...heard,
          color: number("value", part.aggregate === "count" ? TEXTS.rows_count : safe(part.color), {scale: {range: [dark ? "#22303c" : "#eef3fa", accent]}}),
          tooltip: [{field: "x", title: safe(part.x)}, {field: "y", title: safe(part.y)}, {field: "value", title: part.aggregate === "count" ? TEXTS.rows_count : safe(part.color), type: "quantitative", format: ",.6~g"}],
        },
      };
    },
    map(part, given) {
      const told = names.filter(name => name !== part.x && name !== part.y).slice(0, 6), few = part.color && different(given, part.color).length <= 20;
      const values = given.map(row => ({x: row[part.x], y: row[part.y], color: called(row[part.color] ?? null), ...Object.fromEntries(told.map((name, place) => [`t${place}`, written(row[name], name)]))}));
      return {
        projection: {type: "mercator"}, height: 420,
        layer: [
          {data: {graticule: {step: [10, 10]}}, mark: {type: "geoshape", stroke: dark ? "#3a434e" : "#dfe4ea", strokeWidth: 0.6, filled: false}, projection: undefined},
          {
            data: {values}, mark: {type: "circle", opacity: 0.7, size: 40},
            encoding: {
              longitude: {field: "x", type: "quantitative"}, latitude: {field: "y", type: "quantitative"}, ...(few ? colored(part) : single),
              tooltip: [...told.map((name, place) => ({field: `t${place}`, title: safe(name)})), {field: "x", title: safe(part.x)}, {field: "y", title: safe(part.y)}],
            },
          },
        ].slice(values.length ? 1 : 0),
      };
    },
  };

  const NEEDED = {scatter: ["x", "y"], histogram: ["x"], heatmap: [], map: ["x", "y"]};  // what a row must have to be drawn
  const ink = dark ? "#c9d1d9" : "#4a5360", lines = dark ? "#30363d" : "#e6e9ee";
  const CONFIG = {
    background: "transparent", font: "system-ui, sans-serif", view: {stroke: null}, axis: {labelColor: ink, titleColor: ink, gridColor: lines, domainColor: lines, tickColor: lines, titleFontWeight: 500},
    legend: {labelColor: ink, titleColor: ink, orient: "bottom", columns: 4, symbolLimit: 20, labelLimit: 140}, range: {category: [accent, "#d9822b", "#2e8b57", "#cf4f8b", "#7a55c7", "#1b8a8f", "#c9a400", "#8d6748", "#6f7a86", "#3b6fd4", "#cc4444"].filter((color, place, all) => all.indexOf(color) === place)},
  };

  async function drawChart(part, given, box, note) {
    const counted = ["bar", "line", "area", "pie"].includes(part.kind), {made, whole, of} = counted ? points(given, part) : {made: given.filter(row => NEEDED[part.kind].every(field => part[field] === undefined || typeof row[part[field]] === "number"))};
    note.textContent = counted && whole < of ? TEXTS.first_of.replace("{shown}", written(whole)).replace("{all}", written(of)) : "";
    if (!made.length || (part.kind === "heatmap" && part.aggregate !== "count" && !made.some(row => typeof row[part.color] === "number"))) return void box.replaceChildren(make("p", {class: "nothing"}, TEXTS.nothing));
    const chart = {height: 300, ...DRAWN[part.kind](part, made), width: "container", autosize: {type: "fit-x", contains: "padding"}, config: CONFIG, description: titleOf(part)};
    await window.vegaEmbed(box, chart, {ast: true, actions: false, renderer: "svg", tooltip: {theme: dark ? "dark" : "light"}});
  }

  // Parts: each gives an element, and shows rows in it

  const titleOf = part => part.title || [part.y || part.x, part.kind === "figure" ? "" : part.y && part.x].filter(Boolean).join(" / ");
  function figure(part) {
    const value = make("strong"), card = make("section", {class: "card figure", "aria-label": titleOf(part)}, make("h2", {}, titleOf(part)), value);
    return {card, show: given => { value.textContent = given.length || part.aggregate === "count" ? written(aggregate(given, part, part.y), part.aggregate === "count" ? "" : part.y) : "—"; }};
  }

  function chart(part) {
    const box = make("div", {class: "chart"}), note = make("p", {class: "note"}), card = make("section", {class: `card ${part.kind}`}, make("h2", {}, titleOf(part)), box, note);
    return {card, show: given => drawChart(part, given, box, note).catch(error => { box.replaceChildren(make("p", {class: "nothing"}, TEXTS.not_drawn)); console.error(error); })};
  }

  function table(part) {
    const shown = part.columns?.length ? part.columns : names, search = make("input", {type: "search", placeholder: TEXTS.search, "aria-label": TEXTS.search});
    const head = make("tr"), body = make("tbody"), note = make("p", {class: "note", role: "status"}), more = make("button", {type: "button"}, TEXTS.more);
    let given = [], sorted = {name: "", down: false}, most = ROWS_AT_ONCE;
    const buttons = shown.map(name => {
      const button = make("button", {type: "button"}, name), cell = make("th", {scope: "col", class: kindOf(name)}, button);
      button.addEventListener("click", () => { sorted = {name, down: sorted.name === name && !sorted.down}; draw(); });
      head.append(cell);
      return {name, cell};
    });
    function draw() {
      const words = search.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
      const found = given.filter(row => words.every(word => shown.some(name => called(row[name]).toLocaleLowerCase().includes(word) || written(row[name], name).toLocaleLowerCase().includes(word))));
      if (sorted.name) found.sort((a, b) => (sorted.down && a[sorted.name] !== null && b[sorted.name] !== null ? -1 : 1) * by(sorted.name)(a[sorted.name], b[sorted.name]));
      for (const {name, cell} of buttons) cell.setAttribute("aria-sort", name !== sorted.name ? "none" : sorted.down ? "descending" : "ascending");
      body.replaceChildren(...found.slice(0, most).map(row => make("tr", {}, ...shown.map(name => make("td", {class: row[name] === null ? "absent" : kindOf(name)}, written(row[name], name))))));
      note.textContent = found.length ? TEXTS.rows_of.replace("{shown}", written(Math.min(most, found.length))).replace("{all}", written(found.length)) : TEXTS.nothing;
      more.hidden = found.length <= most;
    }
    search.addEventListener("input", () => { most = ROWS_AT_ONCE; draw(); });
    more.addEventListener("click", () => { most += 10 * ROWS_AT_ONCE; draw(); });
    const scroll = make("div", {class: "scroll", tabindex: 0}, make("table", {}, make("thead", {}, head), body));
    const card = make("section", {class: "card table"}, make("div", {class: "head"}, make("h2", {}, part.title), search), scroll, make("div", {class: "foot"}, note, more));
    return {card, show: rows_ => { given = [...rows_]; draw(); }};
  }

  // Filters

  const narrowed = () => rows.filter(row => [...chosen].every(([name, fits]) => fits(row[name])));
  function choose(name, fits) {
    if (fits) chosen.set(name, fits); else chosen.delete(name);
    show();
  }
  function filter(name) {
    const values = different(rows, name).sort(by(name));
    if (kindOf(name) === "number" && values.length > MOST_CATEGORIES || kindOf(name) === "date" && values.length > MOST_CATEGORIES) return between(name);
    if (values.length > MOST_CHOICES) return containing(name);
    const select = make("select", {}, make("option", {value: ALL}, TEXTS.all), ...values.map((value, place) => make("option", {value: place}, value === null ? "—" : written(value, name))));
    select.addEventListener("change", () => choose(name, select.value === ALL ? null : value => value === values[select.value]));
    return make("label", {}, make("span", {}, name), select);
  }
  function between(name) {
    const type = kindOf(name) === "date" ? "date" : "number", from = make("input", {type, step: "any", "aria-label": `${name} ≥`}), to = make("input", {type, step: "any", "aria-label": `${name} ≤`});
    const read = input => input.value === "" ? null : type === "number" ? Number(input.value) : input.value;
    const fits = value => value !== null && (read(from) === null || (type === "number" ? value : value.slice(0, 10)) >= read(from)) && (read(to) === null || (type === "number" ? value : value.slice(0, 10)) <= read(to));
    for (const input of [from, to]) input.addEventListener("input", () => choose(name, read(from) === null && read(to) === null ? null : fits));
    return make("label", {}, make("span", {}, name), make("span", {class: "between"}, from, "–", to));
  }
  function containing(name) {
    const input = make("input", {type: "search"});
    input.addEventListener("input", () => choose(name, input.value.trim() ? value => called(value).toLocaleLowerCase().includes(input.value.trim().toLocaleLowerCase()) : null));
    return make("label", {}, make("span", {}, name), input);
  }

  const parts = spec.parts.map(part => part.kind === "figure" ? figure(part) : part.kind === "table" ? table(part) : chart(part));
  const filters = make("form", {class: "filters"}, ...(spec.filters || []).map(filter));
  const reset = make("button", {type: "reset"}, TEXTS.reset), count = make("output");
  filters.append(reset, count);
  filters.addEventListener("submit", event => event.preventDefault());
  filters.addEventListener("reset", () => setTimeout(() => { chosen.clear(); show(); }));
  function show() {
    const given = narrowed();
    reset.hidden = !chosen.size;
    count.textContent = chosen.size ? TEXTS.rows_of.replace("{shown}", written(given.length)).replace("{all}", written(rows.length)) : "";
    for (const part of parts) part.show(given);
  }

  document.documentElement.dataset.theme = dark ? "dark" : "light";
  document.documentElement.style.setProperty("--accent", accent);
  const figures = parts.filter((_, place) => spec.parts[place].kind === "figure"), others = parts.filter((_, place) => spec.parts[place].kind !== "figure");
  const charts = others.filter(({card}) => !card.matches(".table, .map"));
  if (charts.length % 2) charts[0].card.classList.add("wide");  // no hole beside the last
  const main = make("main", {}, make("h1", {}, spec.title), spec.filters?.length ? filters : "", figures.length ? make("div", {class: "figures"}, ...figures.map(({card}) => card)) : "", make("div", {class: "parts"}, ...others.map(({card}) => card)));
  document.body.append(main);
  show();
};
