"""An element that a script looks for and that the model left out is put into the page, and no other page is changed."""

import pytest

from artifacts.mend import add_missing, escape_apostrophes, let_change, put_right
from artifacts.write import write
from qsql.models.echo import Echo

BOX = "<input id='field' type=number><textarea id=notes></textarea><div class=x id=\"board\">x</div><button id=go>Go</button><input type=submit id=send>\n<script>%s</script>"
PAGE = "<!DOCTYPE html>\n<html><head><title>x</title></head><body><main><p id=there>x</p>\n<script>%s</script></main></body></html>\n"


@pytest.mark.parametrize(
    "script, element",
    [
        ('document.getElementById("tasks").innerHTML = "";', '<div id="tasks"></div>'),
        ("document.querySelector('#tasks').append('x');", '<div id="tasks"></div>'),
        (
            'const board = document.getElementById("board");\nconst pen = board.getContext("2d");',
            '<canvas id="board" width="400" height="400"></canvas>',
        ),
        ("const pen = document.querySelector('#board').getContext('2d');", '<canvas id="board" width="400" height="400"></canvas>'),
        ('const from = document.getElementById("from"); show(from.value);', '<input id="from">'),
        ('document.getElementById("newGame").addEventListener("click", begin);', '<button id="newGame">New game</button>'),
        ('const start = document.getElementById("start-it"); start.onclick = begin;', '<button id="start-it">Start it</button>'),
    ],
)
def test_what_a_script_looks_for_is_added_as_what_it_takes_it_for(script, element):
    html, added = add_missing(PAGE % script)
    assert html == PAGE.replace("<script>", f"{element}\n<script>") % script and len(added) == 1


@pytest.mark.parametrize(
    "script",
    [
        'document.getElementById("there").textContent = "y";',
        'const made = document.createElement("p"); made.id = "made"; document.body.append(made); document.getElementById("made").remove();',
        'document.body.innerHTML = `<p id="made"></p>`; document.getElementById("made").remove();',
        'made.setAttribute("id", "made"); document.getElementById("made").remove();',
        'for (let i = 0; i < 9; i++) add(`<p id="cell-${i}"></p>`); document.getElementById("cell-0").remove();',
        'for (let i = 0; i < 9; i++) cell.id = "cell-" + i; document.getElementById("cell-0").remove();',
        'cell.setAttribute("id", "cell-" + i); document.getElementById("cell-0").remove();',
        "document.getElementById(name).remove(); document.querySelector('#a .b');",
        "".join(f'document.getElementById("x{number}").remove();' for number in range(13)),
    ],
)
def test_a_page_that_lacks_nothing_that_is_known_stays_as_it_is(script):
    assert add_missing(PAGE % script) == (PAGE % script, ())


def test_a_page_without_a_body_or_without_a_script_in_it_stays_as_it_is():
    for html in (
        "<script>document.getElementById('x').remove()</script>",
        "<p onclick='document.getElementById(\"x\").remove()'>x</p>",
        "",
    ):
        assert add_missing(html) == (html, ())


def test_the_person_is_told():
    *_, page = write(Echo((PAGE % "document.getElementById('tasks').append('x');",)), "a list")
    assert '<div id="tasks"></div>' in page.html
    assert page.notices == ("The script looks for tasks, which the model had left out; it was added.",)


@pytest.mark.parametrize(
    "wrong, right, changed",
    [
        ('document.getElementById("field").textContent = "25:00";', 'document.getElementById("field").value = "25:00";', ("field",)),
        (
            "const f = document.querySelector('#field');\nf.innerText = f.innerText + 1;",
            "const f = document.querySelector('#field');\nf.value = f.value + 1;",
            ("field",),
        ),
        (
            'let notes = document.getElementById("notes"), n = 0;\nnotes.innerHTML = "";',
            'let notes = document.getElementById("notes"), n = 0;\nnotes.value = "";',
            ("notes",),
        ),
        (
            'const b = document.getElementById("board");\nb.value += key;',
            'const b = document.getElementById("board");\nb.textContent += key;',
            ("board",),
        ),
    ],
)
def test_a_field_is_written_as_a_field_and_plain_text_as_text(wrong, right, changed):
    assert put_right(BOX % wrong) == (BOX % right, changed)


@pytest.mark.parametrize(
    "script",
    [
        'document.getElementById("field").value = 1; document.getElementById("board").textContent = "x";',
        'document.getElementById("go").textContent = "Stop"; document.getElementById("go").value = 1; document.getElementById("send").value = "Send";',
        'let e = document.getElementById("board");\ne = document.getElementById("field");\ne.value = 1;',
        'const f = document.getElementById("field").parentElement;\nf.textContent = "x";',
        'other.board.value = 1; const board = document.getElementById("other");\nboard.value = 2;',
        "for (const f of all) f.textContent = f.dataset.field;",
    ],
)
def test_what_is_written_as_it_should_be_or_is_not_known_stays(script):
    assert put_right(BOX % script) == (BOX % script, ())


def test_the_person_is_told_of_that_too():
    *_, page = write(
        Echo((PAGE.replace("<p id=there>x</p>", "<input id=there>") % "document.getElementById('there').textContent = 'x';",)), "a field"
    )
    assert "getElementById('there').value = 'x'" in page.html
    assert page.notices == ("The script took there for another kind of element; that was put right.",)


@pytest.mark.parametrize(
    "change", ["grid = next;", "grid=[]", "grid += 1", "if (x) grid\n= 1", "grid++", "--grid", "[1].map(() => grid = 2)", "x.y = grid = 3"]
)
def test_what_is_changed_later_is_no_constant(change):
    assert let_change(f"<script>const grid = [];\nconst rows = 20;\n{change}\n</script>") == (
        f"<script>let grid = [];\nconst rows = 20;\n{change}\n</script>",
        ("grid",),
    )


@pytest.mark.parametrize(
    "use",
    [
        "grid[0] = 1",
        "if (grid == 1 || grid === 2) x()",
        "other.grid = 1",
        "const gridded = 1; mygrid = 2",
        "grid.rows++",
        "[1].map(grid => 2)",
        "let x = grid",
    ],
)
def test_what_stays_as_it_is_may_be_a_constant(use):
    html = f"<script>const grid = [];\n{use}\n</script>"
    assert let_change(html) == (html, ())


def test_the_person_is_told_of_that_as_well():
    *_, page = write(Echo((PAGE % "const x = 1; x = 2;",)), "a number")
    assert "let x = 1; x = 2;" in page.html
    assert page.notices == ("The script changes x, which it had declared constant; that was put right.",)


@pytest.mark.parametrize(
    "script, right, words",
    [
        ("show.textContent = 'It's time';", r"show.textContent = 'It\'s time';", ("It's",)),
        ("say('You don't win, and can't lose')", r"say('You don\'t win, and can\'t lose')", ("don't", "can't")),
        ("const all = ['a', 'l'été']; return 'it's'", r"const all = ['a', 'l\'été']; return 'it\'s'", ("l'été", "it's")),
        ("x = over ? 'Time's up' : 'Go'", r"x = over ? 'Time\'s up' : 'Go'", ("Time's",)),
    ],
)
def test_a_text_goes_on_after_its_apostrophe(script, right, words):
    assert escape_apostrophes(f"<p>it's</p><script>{script}</script>") == (f"<p>it's</p><script>{right}</script>", words)


@pytest.mark.parametrize(
    "script",
    [
        "x = 'a' + b + 'c';",
        "if ('a'in x) y('a', 's');",
        "x = \"It's time, don't wait\";",
        r"x = 'It\'s time';",
        "for (const c of 'abc') f(c, 'd');",
        "x = `it's ${'a'}`;",
    ],
)
def test_a_text_that_ends_where_it_should_stays(script):
    assert escape_apostrophes(f"<script>{script}</script>") == (f"<script>{script}</script>", ())


def test_the_person_is_told_of_an_apostrophe_too():
    *_, page = write(Echo((PAGE % "document.title = 'It's time';",)), "a title")
    assert r"document.title = 'It\'s time';" in page.html
    assert page.notices == ("The script ended a text at the apostrophe of It's; that was put right.",)
