"""A request becomes a page: the prompt, the reader that finds HTML in whatever a model says, and the loop."""

from threading import Event

import pytest

from artifacts.console import console_text
from artifacts.prompt import page_prompt
from artifacts.read import close, find_page, title_of, wrap
from artifacts.records import Data, Page
from artifacts.size import edits, lays_out
from artifacts.write import write
from qsql.errors import BadInput, NoPageFound, PromptTooLong, Stopped
from qsql.models.base import Options
from qsql.models.echo import Echo

WHOLE = "<!DOCTYPE html>\n<html><head><title>Clock</title></head><body><p>five</p></body></html>"
LONG = WHOLE.replace("five", "five " * 100)
FENCE = "```"


def written(text: str, **options) -> Page:
    *_, page = write(Echo((text,)), "a clock", Options(**{"max_tokens": 4096, **options}))
    return page


def test_the_prompt_is_short_and_ends_at_the_end_of_the_page():
    prompt = page_prompt("  a clock ")
    assert [message.role for message in prompt.messages] == ["system", "user"]
    assert prompt.messages[1].text == "a clock"
    assert prompt.stop == ("</html>",)
    assert len(prompt.messages[0].text.split()) < 250


@pytest.mark.parametrize("request_", ["", "  \n ", "x" * 4001])
def test_refuses_a_request_that_is_empty_or_too_long(request_):
    with pytest.raises(BadInput) as error:
        page_prompt(request_)
    assert error.value.hint


FOUND = {
    "bare": WHOLE,
    "in a fence": f"{FENCE}html\n{WHOLE}\n{FENCE}",
    "between prose": f"Sure! A <html> page:\n\n{FENCE}html\n{WHOLE}\n{FENCE}\nIt shows a <div>.",
    "with prose and no fence": f"Here is your page:\n{WHOLE}\nI hope that it helps.",
    "in a fence without a language": f"{FENCE}\n{WHOLE}\n{FENCE}",
    "in a fence that never ends": f"{FENCE}html\n{WHOLE}",
    "in the second of two fences": f"{FENCE}css\nbody {{}}\n{FENCE}\n{FENCE}html\n{WHOLE}\n{FENCE}",
    "in a longer fence": f"{FENCE}`html\n{WHOLE}\n{FENCE}`",
    "in a fence of tildes": f"~~~html\n{WHOLE}\n~~~",
    "in an indented fence": f"  {FENCE}html\n{WHOLE}\n  {FENCE}",
}


@pytest.mark.parametrize("text", FOUND.values(), ids=FOUND)
def test_finds_the_page(text):
    assert find_page(text).strip() == WHOLE


def test_backticks_within_a_script_do_not_end_the_page():
    page = WHOLE.replace("five", "<script>const text = `a ${'`'.repeat(3)} ```b``` `</script>")
    assert find_page(f"{FENCE}html\n{page}\n{FENCE}").strip() == page


FRAGMENTS = {
    "in a fence": f"{FENCE}html\n<h1>Clock</h1>\n<p>five</p>\n{FENCE}",
    "bare": "Here:\n<h1>Clock</h1>\n<p>five</p>\nEnjoy.",
    "beside another language": f"{FENCE}python\nprint('<p>')\n{FENCE}\n{FENCE}html\n<h1>Clock</h1>\n<p>five</p>\n{FENCE}",
}


@pytest.mark.parametrize("text", FRAGMENTS.values(), ids=FRAGMENTS)
def test_a_fragment_becomes_a_document(text):
    page = written(text)
    assert page.html.startswith("<!DOCTYPE html>\n<html>") and page.html.rstrip().endswith("</html>")
    assert "<h1>Clock</h1>\n<p>five</p>" in page.html and "Enjoy" not in page.html
    assert page.title == "Clock" and page.complete


def test_a_fragment_without_a_heading_is_titled_by_the_request():
    assert "<title>a &lt;clock&gt;</title>" in wrap("<p>x</p>", "a <clock>")


PROSE = [
    "I am only a small model.",
    "Use a <div> and a <button> for it.",
    "",
    "if a < b and c > d: pass",
    f"{FENCE}python\nprint(1)\n{FENCE}",
]


@pytest.mark.parametrize("text", PROSE)
def test_prose_is_no_page(text):
    with pytest.raises(NoPageFound) as error:
        written(text)
    assert error.value.hint and " ".join(text.split())[:40] in error.value.message


def test_says_only_the_beginning_of_long_prose():
    with pytest.raises(NoPageFound) as error:
        written("no " * 1000)
    assert len(error.value.message) < 300


LEFT_OPEN = {
    "<p>five": ("<p>five\n</html>\n", ""),
    '<p>five<div class="a': ("<p>five\n</body>\n</html>\n", "a tag"),
    "<script>let a = 1;": ("<script>let a = 1;\n</script>\n</body>\n</html>\n", "<script>"),
    "<script>let a = '<p>';</scr": ("<script>let a = '<p>';\n</script>\n</body>\n</html>\n", "<script>"),
    "<script>let a = 1;\n</body>\n</html>": ("<script>let a = 1;\n</script>\n</body>\n</html>\n", "<script>"),
    '<script type="a>b">x</script><style>p {': ('<script type="a>b">x</script><style>p {\n</style>\n</body>\n</html>\n', "<style>"),
    "<p>x<!-- note": ("<p>x<!-- note-->\n</body>\n</html>\n", "a comment"),
    "<script>'<!--'</script><p>x</html>": ("<script>'<!--'</script><p>x</html>", ""),
}


@pytest.mark.parametrize("html", LEFT_OPEN)
def test_closes_what_was_left_open(html):
    assert close(html) == LEFT_OPEN[html]


def test_a_page_cut_off_is_closed_and_says_so():
    page = written(WHOLE.replace("five", "<script>" + "go();\n" * 100), max_tokens=20)
    assert not page.complete and "cut off" in page.notices[0]
    assert page.html.rstrip().endswith("</script>\n</body>\n</html>")


class Going(Echo):
    """Says the words of `said` in stretches, each from where it was told that the answer had come to; counts them."""

    def __init__(self, said: str) -> None:
        super().__init__((said,))
        self.said, self.stretches = said, 0

    def stream(self, prompt, options=Options()):
        self.stretches += 1
        assert self.said.startswith(prompt.begun)
        yield from Echo((self.said[len(prompt.begun) :],)).stream(prompt, options)


COUNTED = WHOLE.replace("five", " ".join(map(str, range(300))))


def test_a_page_cut_off_is_gone_on_with():
    model = Going(COUNTED)
    *_, page = write(model, "a clock", Options(max_tokens=130))
    assert page == written(COUNTED) and page.complete and not page.notices
    assert model.stretches == 3


def test_a_page_without_an_end_ends_after_three_stretches():
    model = Going(COUNTED)
    *_, page = write(model, "a clock", Options(max_tokens=50))
    assert model.stretches == 3 and not page.complete and "cut off" in page.notices[0]


def test_a_page_that_says_the_same_again_and_again_is_not_gone_on_with():
    model = Going(WHOLE.replace("five", "go(1);\n" * 1000))
    *_, page = write(model, "a clock", Options(max_tokens=130))
    assert model.stretches == 1 and not page.complete


def test_a_page_is_not_gone_on_with_where_the_model_has_no_room():
    model = Going(COUNTED)
    model.context = 800
    *_, page = write(model, "a clock", Options(max_tokens=130))
    assert model.stretches == 1 and not page.complete


def test_a_server_that_begins_anew_instead_of_going_on_changes_nothing():
    page = written(COUNTED, max_tokens=130)
    assert not page.complete and page.html.count("<!DOCTYPE") == 1 and "100" in page.html


def test_a_whole_page_has_no_notices():
    assert written(WHOLE) == Page(WHOLE.removesuffix("</html>") + "\n</html>\n", "Clock", "a clock", True, ())


@pytest.mark.parametrize(
    "part, notice",
    [
        ('<script src="https://cdn.example.com/a.js"></script>', True),
        ("<link rel=stylesheet href='//cdn.example.com/a.css'>", True),
        ('<style>@import url("https://cdn.example.com/f");</style>', True),
        ("<script>fetch(`https://cdn.example.com/`)</script>", True),
        ('<a href="https://cdn.example.com/">x</a>', False),
        ('<svg xmlns="http://www.w3.org/2000/svg"></svg>', False),
    ],
)
def test_says_what_will_not_load(part, notice):
    assert any("cdn.example.com" in text for text in written(WHOLE.replace("five", part)).notices) == notice


def test_the_page_grows():
    pages = list(write(Echo((f"Sure:\n{LONG}",)), "a clock"))
    assert len(pages) > 50 and not any(page.complete for page in pages[:-1])
    assert all(len(now.html) <= len(later.html) for now, later in zip(pages, pages[1:], strict=False))
    assert pages[-1].complete


def test_a_stop_keeps_what_is_there():
    cancel = Event()
    pages = []
    for page in write(Echo((LONG,)), "a clock", Options(max_tokens=4096, cancel=cancel)):
        pages.append(page)
        if "five" in page.html:
            cancel.set()
    assert not pages[-1].complete and "stopped" in pages[-1].notices[0]
    assert pages[-1].html.endswith("</html>\n") and pages[-1].html.count("five") < 5


def test_a_stop_before_the_page_began_leaves_nothing():
    cancel = Event()
    cancel.set()
    with pytest.raises(Stopped):
        list(write(Echo((WHOLE,)), "a clock", Options(cancel=cancel)))


def test_a_request_too_long_for_the_model_is_refused():
    model = Echo((WHOLE,))
    model.context = 300
    with pytest.raises(PromptTooLong):
        list(write(model, "a clock"))


def test_the_title_is_one_plain_line():
    assert title_of("<h1>No</h1><title> A &amp;\n B </title>") == "A & B"
    assert title_of("<h1>The <b>clock</b></h1>") == "The clock"
    assert title_of("<p>x</p>") == ""


REPORTS = [
    (None, ""),
    ("<b>", ""),
    ([{"kind": "error", "text": "a\nb <i>", "line": 3, "count": 2}], "✖ a b <i> (line 3) ×2"),
    ([{"kind": "evil", "text": "x"}, {"kind": "log", "text": 5}, {"kind": [], "text": "x"}, 7, None], ""),
    ([{"kind": "log", "text": "x" * 5000, "line": "9", "count": None}], "· " + "x" * 1000),
    ([{"kind": "log", "text": "x"}] * 500, "\n".join(["· x"] * 100)),
]


@pytest.mark.parametrize("lines, text", REPORTS)
def test_takes_a_report_from_anyone_and_keeps_only_text(lines, text):
    assert console_text(lines) == text


# By the model's size, and changes

ROWS = Data("Sales?", "SELECT 1", ("city", "sales"), ("text", "number"), (("Bern", 10), ("Rome", 5)))
SPEC = '{"title": "Sales", "parts": [{"kind": "bar", "title": "Sales", "x": "city", "y": "sales", "aggregate": "sum"}], "filters": [], "theme": "light", "accent": "blue"}'


class Sized(Echo):
    """A scripted model of a certain name that keeps what it was asked."""

    def __init__(self, name: str, *texts: str) -> None:
        super().__init__(texts)
        self.name, self.asked = name, []

    def stream(self, prompt, options=None):
        self.asked.append(prompt)
        return super().stream(prompt, options)


@pytest.mark.parametrize(
    "name, small, large",
    [
        ("qwen2.5-coder-0.5b", True, False),
        ("Qwen2.5-Coder-1.5B-Instruct", True, False),
        ("model-3b.gguf", True, False),
        ("qwen2.5-coder:7b", False, False),
        ("qwen2.5-coder-14b", False, True),
        ("gpt-x", False, False),
        ("", False, False),
        ("1.5billion", False, False),
    ],
)
def test_what_a_model_is_trusted_with_goes_by_its_size(name, small, large):
    assert (lays_out(name), edits(name)) == (small, large)


def test_a_small_model_describes_a_page_of_rows_and_a_large_one_writes_it():
    small, large = Sized("coder-1.5b", SPEC), Sized("coder-7b", WHOLE)
    *growing, page = write(small, "bars", data=ROWS)
    assert (page.title, page.data, page.complete, page.libraries) == ("Sales", ROWS, True, ("vega", "dashboard"))
    assert '"kind": "bar"' in page.spec and growing[-1].html == SPEC and "prefixItems" in small.asked[0].json_schema
    *_, page = write(large, "bars", data=ROWS)
    assert (page.spec, page.libraries, page.data) == ("", (), ROWS) and "five" in page.html and not large.asked[0].json_schema


def test_a_small_model_fills_in_a_page_without_rows():
    model = Sized(
        "coder-1.5b", 'purple">', "Counting & down</title>", "p { color: red; }</style>", "<h1>ten</h1>\n</main>\n</body>\n</html>"
    )
    *grown, page = write(model, "a countdown")
    assert page.title == "Counting & down" and page.complete and not page.notices
    for part in (
        'content="purple">',
        "background: purple; color",
        "p { color: red; }</style>\n</head>\n<body>\n<main>\n<h1>ten</h1>\n</main>",
    ):
        assert part in page.html
    assert [prompt.stop for prompt in model.asked] == [('"',), ("</title>",), ("</style>",), ("</html>",)]
    assert all(page.html.startswith(prompt.begun) for prompt in model.asked) and model.asked[0].begun.endswith('content="')
    assert all(page.html.startswith(earlier.html[:400]) for earlier in grown[-3:])


@pytest.mark.parametrize(
    "accent, title, style",
    [
        ("red; } body { display: none", "a\nb", "p { } <script>"),
        ("", "", ""),
        ("url(https://example.com)", "<script>x</script>", "</div>"),
        ("The colour of the button is purple, as the request says, so", "x" * 4000 + "\n", "<style>" * 3000),
    ],
)
def test_what_does_not_fit_into_a_gap_is_left_out(accent, title, style):
    *_, page = write(Sized("coder-1.5b", accent, title, style, "<h1>Ten</h1></html>"), "a countdown")
    assert 'content="slateblue">\n<title></title>' in page.html and "}\n</style>\n</head>" in page.html
    assert page.title == "Ten" and page.complete


def test_a_server_that_writes_its_own_page_instead_of_filling_one_in_is_taken_at_its_word():
    *_, page = write(Sized("coder-1.5b", f"Sure:\n{FENCE}html\n{WHOLE}\n{FENCE}"), "a clock")
    assert page.title == "Clock" and page.html.count("<!DOCTYPE") == 1 and page.complete


@pytest.mark.parametrize("at, kept", [("color: red", False), ("<p>ten", True)])
def test_a_stop_while_the_gaps_are_filled_keeps_what_can_be_seen(at, kept):
    cancel, pages = Event(), []
    model = Sized("coder-1.5b", "red", "Ten", "p { color: red; } " * 50, "<p>ten</p> " * 50)
    try:
        for page in write(model, "a clock", Options(max_tokens=4096, cancel=cancel)):
            pages.append(page)
            if at in page.html:
                cancel.set()
    except Stopped:
        assert not kept
    else:
        assert kept and not page.complete and page.html.endswith("</html>\n") and "ten" in page.html


def test_a_skeleton_that_nothing_was_put_into_is_no_page():
    with pytest.raises(NoPageFound):
        list(write(Sized("coder-1.5b", "red", "Ten", "", " \n"), "a clock"))


def test_nonsense_leaves_the_rows_in_a_table():
    *_, page = write(Sized("coder-1.5b", '{"title": "x", "parts": ['), "bars", data=ROWS)
    assert '"table"' in page.spec and page.complete and "table" in page.notices[0]


def test_a_change_of_a_described_page_is_described_by_a_model_of_any_size():
    *_, page = write(Sized("coder-1.5b", SPEC), "bars", data=ROWS)
    large = Sized("coder-32b", SPEC.replace("light", "dark"))
    *_, changed = write(large, "make it dark", before=page)
    assert '"theme": "dark"' in changed.spec and changed.data == ROWS and changed.request == "make it dark"
    assert page.spec in large.asked[0].messages[-1].text


def test_a_change_of_a_written_page_is_the_whole_page_anew():
    model = Sized("coder-7b", WHOLE.replace("five", "six"))
    before = Page(WHOLE, "Clock", "a clock")
    *_, page = write(model, "six", before=before)
    assert "six" in page.html and page.request == "six"
    assert [message.role for message in model.asked[0].messages] == ["system", "user", "assistant", "user"] and model.asked[0].messages[
        2
    ].text == WHOLE


def test_a_large_model_names_what_to_replace_and_writes_the_whole_where_it_does_not_fit():
    before = Page("<!DOCTYPE html>\n<html>\n<title>Clock</title>\n<p>five</p>\n</html>", "Clock", "a clock")
    block = "<<<<<<< SEARCH\n<p>{}</p>\n=======\n<p>six</p>\n>>>>>>> REPLACE"
    model = Sized("coder-14b", block.format("five"))
    (page,) = write(model, "six", before=before)
    assert page.html == before.html.replace("five", "six") and (page.title, page.request, page.complete) == ("Clock", "six", True)
    model = Sized("coder-14b", block.format("nine"), WHOLE.replace("five", "6"))
    *_, page = write(model, "six", before=before)
    assert ">6<" in page.html and len(model.asked) == 2


def test_a_stop_while_it_is_described_keeps_what_was_there():
    cancel = Event()
    pages = write(Sized("coder-1.5b", SPEC), "bars", Options(max_tokens=4096, cancel=cancel), ROWS)
    next(pages)
    cancel.set()
    with pytest.raises(Stopped):
        list(pages)


@pytest.mark.parametrize(
    "accent, ink",
    [("purple", "white"), ("slateblue", "white"), ("lightblue", "black"), ("#ff0", "black"), ("#123456", "white"), ("nocolour", "white")],
)
def test_what_stands_on_a_button_can_be_read(accent, ink):
    *_, page = write(Sized("coder-1.5b", f'{accent}">', "Ten</title>", "</style>", "<h1>Ten</h1></html>"), "a button")
    assert f"background: {accent}; color: {ink};" in page.html
