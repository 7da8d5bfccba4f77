"""Pages of rows from a specification: what a model may say, what is made of what it says, and what a real browser then shows."""

import json
from contextlib import contextmanager

import pytest

from artifacts.dashboard import LIBRARIES, Dashboard, Part, as_json, dashboard_prompt, plain, read_spec, render
from artifacts.dashboard.spec import json_schema
from artifacts.dashboard.words import named_kinds
from artifacts.records import Data, Page
from artifacts.sandbox import FRAME, download, srcdoc

CITIES = Data(
    "What was sold?",
    "SELECT * FROM sales",
    ("city", "month", "sales", "avg_price", "lat", "lon"),
    ("text", "number", "number", "number", "number", "number"),
    (
        ("Bern", 1, 10, 2.5, 46.9, 7.4),
        ("Bern", 2, 30, 3.5, 46.9, 7.4),
        ("Rome", 1, 5, 1.5, 41.9, 12.5),
        ("Rome", 2, None, None, 41.9, 12.5),
    ),
    made="2026-01-31T10:00:00+00:00",
)


def bar(**more) -> dict:
    return {"kind": "bar", "x": "city", "y": "sales", "aggregate": "sum", **more}


READ = {
    "a bar": (bar(title="Sold", top=5), Part("bar", "Sold", "city", "sales", "", "sum", 5)),
    "another case": (bar(x="CITY", y=" Sales "), Part("bar", "", "city", "sales", "", "sum")),
    "averages are not added up": (bar(y="avg_price"), Part("bar", "", "city", "avg_price", "", "mean")),
    "text is counted": (bar(x="month", y="city"), Part("bar", "", "month", "city", "", "count")),
    "a colour that is the x": (bar(color="city"), Part("bar", "", "city", "sales", "", "sum")),
    "an unknown colour": (bar(color="nowhere"), Part("bar", "", "city", "sales", "", "sum")),
    "no such aggregate": (bar(aggregate="mode"), Part("bar", "", "city", "sales", "", "sum")),
    "an odd top": (bar(top=True), Part("bar", "", "city", "sales", "", "sum")),
    "a large top": (bar(top=10**9), Part("bar", "", "city", "sales", "", "sum", 100)),
    "a bar of nothing": (bar(x="nowhere"), None),
    "a figure": ({"kind": "figure", "title": "Total", "y": "sales", "aggregate": "max"}, Part("figure", "Total", "", "sales", "", "max")),
    "a count": ({"kind": "figure", "aggregate": "count"}, Part("figure", "", aggregate="count")),
    "a map the wrong way round": ({"kind": "map", "x": "lat", "y": "lon"}, Part("map", "", "lon", "lat")),
    "a map without numbers": ({"kind": "map", "x": "city", "y": "lon"}, None),
    "a scatter of one": ({"kind": "scatter", "x": "sales", "y": "sales"}, None),
    "a histogram": ({"kind": "histogram", "x": "sales", "y": "lat", "color": "city"}, Part("histogram", "", "sales")),
    "a heat map": (
        {"kind": "heatmap", "x": "city", "y": "month", "color": "sales", "aggregate": "sum"},
        Part("heatmap", "", "city", "month", "sales", "sum"),
    ),
    "a table": ({"kind": "table", "columns": ["sales", "nowhere", "sales", 3]}, Part("table", columns=("sales",))),
    "no such kind": ({"kind": "gauge", "y": "sales"}, None),
    "no part": ("bar", None),
    "a title of many lines": (bar(title=" a\n<b> " + "c" * 200), Part("bar", f"a <b> {'c' * 74}", "city", "sales", "", "sum")),
}


@pytest.mark.parametrize("said, part", READ.values(), ids=READ)
def test_a_part_is_read_as_it_was_meant_or_left_out(said, part):
    text = f"Here it is:\n```json\n{json.dumps({'title': 'T', 'parts': [said, {'kind': 'table'}]})}\n```"
    assert read_spec(text, CITIES).parts == (*([part] if part else []), Part("table"))


@pytest.mark.parametrize(
    "text", ["", "no JSON", "{", "[]", "{}", "null", '{"parts": []}', '{"parts": [{"kind": "bar"}]}', '{"parts": 3}', "{" * 5000]
)
def test_what_describes_nothing_is_no_page(text):
    with pytest.raises(ValueError):
        read_spec(text, CITIES)


def test_what_is_odd_beside_the_parts_is_left_out():
    said = {"title": 3, "parts": [bar()], "filters": ["city", "CITY", "nowhere", None], "theme": "pink", "accent": "plaid"}
    assert read_spec(json.dumps(said), CITIES) == Dashboard("What was sold?", (Part("bar", "", "city", "sales", "", "sum"),), ("city",))
    assert read_spec(json.dumps({**said, "theme": "dark", "accent": "black"}), CITIES).accent == "blue"


@pytest.mark.parametrize(
    "request_, kinds",
    {
        "a bar chart of sales": ("bar",),
        "bars by city and the total": ("bar", "figure"),
        "A table, then a line over the months": ("table", "line"),
        "A heat map of sales": ("heatmap",),
        "show the cities on a map": ("map",),
        "sales against price": ("scatter",),
        "the total number of sales": (),
        "a dashboard with bars": (),
        "an online page": (),
        "用饼图显示占比": ("pie",),
        "折线图、总数，还有一个表格": ("line", "figure", "table"),
        "make it beautiful": (),
    }.items(),
)
def test_the_kinds_that_a_request_names_are_found(request_, kinds):
    assert named_kinds(request_) == kinds


def test_a_model_may_name_only_what_the_rows_have():
    parts = json.loads(json_schema(CITIES))["properties"]["parts"]
    kinds = {part["properties"]["kind"]["const"]: part["properties"] for part in parts["items"]["anyOf"]}
    assert kinds["bar"]["y"] == {"enum": ["month", "sales", "avg_price", "lat", "lon"]} and "city" in kinds["bar"]["x"]["enum"]
    words = json.loads(json_schema(Data("", "", ("a",), ("text",), ())))["properties"]["parts"]["items"]["anyOf"]
    assert {part["properties"]["kind"]["const"] for part in words} == {"figure", "bar", "line", "area", "pie", "heatmap", "table"}
    named = json.loads(json_schema(CITIES, ("pie", "table")))["properties"]["parts"]
    assert [part["properties"]["kind"]["const"] for part in named["prefixItems"]] == ["pie", "table"] and named["minItems"] == 2


def test_the_prompt_has_three_rows_and_for_a_change_the_page_so_far():
    many = Data("q", "s", ("a",), ("number",), tuple((number,) for number in range(1000, 1100)))
    prompt = dashboard_prompt("a table", many)
    assert '"a": 1002' in prompt.messages[-1].text and "1003" not in prompt.messages[-1].text and "100 rows" in prompt.messages[-1].text
    changed = dashboard_prompt("更暗", many, '{"title": "before"}')
    assert '{"title": "before"}' in changed.messages[-1].text and changed.messages[-1].text.endswith("（标题用中文写）")


def test_a_page_says_what_it_was_made_from_and_reads_it_again():
    dashboard = Dashboard(
        "</script><b>", (Part("bar", "</script>", "city", "sales", "", "sum", 3), Part("table")), ("city",), "dark", "teal"
    )
    assert read_spec(as_json(dashboard), CITIES) == dashboard
    page = render(dashboard)
    assert page.count("</script>") == 2 and "<title>&lt;/script&gt;&lt;b&gt;</title>" in page
    assert "</script><b>" not in page.partition('id="spec">')[2].partition("\n</script>")[0]


# In a browser

ALL = Dashboard(
    "All kinds",
    (
        Part("figure", "Total", y="sales", aggregate="sum"),
        Part("figure", "Mean", y="avg_price", aggregate="mean"),
        Part("figure", "Middle", y="sales", aggregate="median"),
        Part("figure", "Rows", aggregate="count"),
        Part("bar", "Bars", "city", "sales", "", "sum"),
        Part("bar", "Stacked", "city", "sales", "month", "sum"),
        Part("line", "Line", "month", "sales", "city", "sum"),
        Part("area", "Area", "month", "sales", "", "sum"),
        Part("pie", "Pie", "city", "sales", "", "sum"),
        Part("scatter", "Scatter", "sales", "avg_price", "city"),
        Part("histogram", "Histogram", "avg_price"),
        Part("heatmap", "Heat", "city", "month", "sales", "sum"),
        Part("map", "Map", "lon", "lat"),
        Part("table", "Table"),
    ),
    ("city", "month"),
)


@contextmanager
def shown(browser, dashboard: Dashboard, data: Data = CITIES, language: str = "en"):
    """The page in our frame, and what its console said."""
    page, said = browser.new_page(viewport={"width": 1100, "height": 900}), []
    page.on("console", lambda message: said.append(message.text))
    frame = "".join(f' {name}="{value}"' for name, value in FRAME.items())
    page.set_content(f"<iframe{frame} style='width:1000px;height:800px'></iframe>")
    made = Page(render(dashboard, language), dashboard.title, "r", data=data, libraries=LIBRARIES)
    page.evaluate("html => { document.querySelector('iframe').srcdoc = html }", srcdoc(made, "ab"))
    inside = page.frame_locator("iframe")
    inside.locator("h1").wait_for()
    yield inside
    page.wait_for_timeout(200)
    assert not [text for text in said if "webrtc" not in text], said
    page.close()


def figures(inside) -> list[str]:
    return inside.locator(".figure strong").all_inner_texts()


def marks(inside, title: str) -> list[str]:
    """What a screen reader hears of a chart's marks."""
    card = inside.locator(".card", has=inside.get_by_role("heading", name=title, exact=True))
    card.locator("svg").wait_for()
    marked = card.locator("[role='graphics-symbol'][aria-label]:not([aria-roledescription=axis], [aria-roledescription=legend])")
    return sorted(marked.evaluate_all("all => all.map(one => one.ariaLabel)"))


def test_every_kind_is_drawn_with_the_right_figures(browser):
    with shown(browser, ALL) as inside:
        assert figures(inside) == ["45", "2.5", "10", "4"]
        assert marks(inside, "Bars") == ["city: Bern; sales: 40", "city: Rome; sales: 5"]
        assert marks(inside, "Stacked") == [
            "city: Bern; month: 1; sales: 10",
            "city: Bern; month: 2; sales: 30",
            "city: Rome; month: 1; sales: 5",
        ]
        assert "city: Bern; sales: 40" in marks(inside, "Pie") and "city: Bern; month: 2; sales: 30" in marks(inside, "Heat")
        assert len(marks(inside, "Heat")) == 3 and len(marks(inside, "Scatter")) == 3 and len(marks(inside, "Map")) == 4
        assert inside.locator(".chart svg").count() == 9
        assert inside.locator("tbody tr").count() == 4
        details = inside.locator("details")
        assert "4 rows, read 31 Jan 2026" in details.inner_text() and "SELECT * FROM sales" in details.locator("pre").text_content()


def test_filters_narrow_all_parts_and_can_be_taken_back(browser):
    with shown(browser, ALL) as inside:
        inside.locator(".filters").get_by_label("city").select_option("Rome")
        assert figures(inside) == ["5", "1.5", "5", "2"]
        assert marks(inside, "Bars") == ["city: Rome; sales: 5"]
        assert inside.locator("tbody tr").count() == 2 and inside.locator("output").inner_text() == "2 of 4 rows"
        inside.locator(".filters").get_by_label("month").select_option("2")
        assert figures(inside) == ["—", "—", "—", "1"]
        inside.get_by_role("button", name="Reset").click()
        inside.get_by_text("2 of 4 rows").wait_for(state="hidden")
        assert figures(inside)[0] == "45"


def test_a_table_is_searched_and_sorted_and_many_rows_come_bit_by_bit(browser):
    many = Data(
        "q", "s", ("n", "word", "day"), ("number", "text", "date"), tuple((n, f"w{n % 7}", f"2013-01-{n % 28 + 1:02}") for n in range(2500))
    )
    with shown(browser, Dashboard("Many", (Part("table"),), ("day", "n"))) as inside:
        inside.get_by_role("button", name="sales").click()
        inside.get_by_role("button", name="sales").click()
        assert inside.locator("tbody td:nth-child(3)").all_inner_texts() == ["30", "10", "5", "—"]
    with shown(browser, Dashboard("Many", (Part("table"),), ("day", "n")), many, "zh") as inside:
        assert inside.locator("tbody tr").count() == 100 and inside.locator(".table .note").inner_text() == "2,500 行中的 100 行"
        inside.get_by_placeholder("搜索").fill("w4 2013-01-05")
        assert inside.locator("tbody tr").count() == 90
        inside.get_by_placeholder("搜索").fill("")
        inside.get_by_role("button", name="显示更多").click()
        assert inside.locator("tbody tr").count() == 1100
        inside.get_by_label("n ≥").fill("2400")
        assert inside.locator("tbody tr").count() == 100


HOSTILE = (
    "</script><script>window.broken=1</script>",
    "<img src=x onerror=window.broken=1>",
    "\"'`${1}",
    "\u2028\u2029",
    "__proto__",
    "\ud800",
    "\u202eright to left",
    "a.b[0]\\",
    "",
)


def test_hostile_cells_and_column_names_are_text(browser):
    columns = (*HOSTILE[:-1], "constructor")
    data = Data(
        "q",
        HOSTILE[0],
        columns,
        ("text",) * (len(columns) - 1) + ("number",),
        tuple((*HOSTILE[n:], *HOSTILE[:n])[: len(columns) - 1] + (n,) for n in range(len(HOSTILE))),
    )
    parts = (
        Part("bar", HOSTILE[0], "__proto__", "constructor", HOSTILE[1], "sum"),
        Part("pie", "", "a.b[0]\\", "constructor", "", "sum"),
        Part("table", HOSTILE[1]),
    )
    with shown(browser, Dashboard(HOSTILE[1], parts, ("__proto__", HOSTILE[0])), data) as inside:
        assert inside.locator("tbody tr").count() == len(HOSTILE)
        assert inside.locator("h1").inner_text() == HOSTILE[1] and inside.locator("img").count() == 0
        assert inside.locator("body").evaluate("() => [window.broken, Object.prototype.constructor === Object]") == [None, True]
        inside.locator(".pie svg").wait_for()
        inside.locator(".bar svg").wait_for()


def test_many_categories_show_the_largest_and_say_so(browser):
    data = Data("q", "s", ("name", "n"), ("text", "number"), tuple((f"name {n}", n) for n in range(300)))
    parts = (
        Part("bar", "All", "name", "n", "", "sum"),
        Part("bar", "Ten", "name", "n", "", "sum", 10),
        Part("pie", "Pie", "name", "n", "", "sum"),
    )
    with shown(browser, Dashboard("Many", parts), data) as inside:
        assert len(marks(inside, "All")) == 40 and len(marks(inside, "Ten")) == 10 and len(marks(inside, "Pie")) == 11
        assert inside.get_by_text("The 10 largest of 300 are shown.").count() == 1


def test_no_rows_are_said(browser):
    with shown(browser, ALL, Data("q", "s", CITIES.columns, CITIES.kinds, ())) as inside:
        assert inside.get_by_text("No rows match.").count() > 5


def test_the_downloaded_file_works_by_itself(browser, tmp_path):
    page = Page(render(plain(CITIES)), "t", "r", data=CITIES, libraries=LIBRARIES)
    (tmp_path / "page.html").write_text(download(page), "utf-8")
    opened = browser.new_page()
    opened.goto((tmp_path / "page.html").as_uri())
    assert opened.locator("tbody tr").count() == 4
    opened.close()
