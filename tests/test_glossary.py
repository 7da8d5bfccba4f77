"""A database's own words are kept, and those that a question names are told; what is written wrongly is a sentence."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from types import SimpleNamespace

import gradio as gr
import pytest

from qsql.errors import BadInput
from qsql.glossary import MOST_LINES, MOST_TERMS, Glossary, Term, as_text, for_question, from_text
from qsql.settings import Settings
from qsql.ui import glossary as panel_of
from qsql.ui.blocks import Blocks
from qsql.ui.workspace import Workspace
from qsql.userdata import Place

SHOP, OTHER = Place("shop", "shop", "shop"), Place("other", "other", "other")
TERMS = (
    Term("MRR", "monthly recurring revenue"),
    Term("活跃客户", "最近 90 天内有订单的客户"),
    Term("net sales", "gross - returns"),
    Term("C++", "a language"),
    Term("客单价 AOV", "average order value"),
)


@pytest.fixture
def glossary(tmp_path):
    return Glossary(tmp_path / "data" / "glossary.sqlite")


def test_terms_are_kept_for_their_database_in_their_order_and_outlive_the_app(glossary, tmp_path):
    assert glossary.read(SHOP) == () and not (tmp_path / "data").exists()
    glossary.write(SHOP, TERMS)
    glossary.write(OTHER, TERMS[:1])
    again = Glossary(tmp_path / "data" / "glossary.sqlite")
    assert again.read(SHOP) == TERMS and again.read(OTHER) == TERMS[:1]
    again.write(SHOP, ())
    assert glossary.read(SHOP) == () and glossary.read(OTHER) == TERMS[:1]


@pytest.mark.parametrize(
    "question, named",
    [
        ("What was our mrr in May?", ["MRR"]),
        ("ＭＲＲ是多少", ["MRR"]),
        ("活跃客户的MRR", ["MRR", "活跃客户"]),
        ("最活跃的客户", []),
        ("NET\n Sales, please", ["net sales"]),
        ("internet salesman", []),
        ("mrrs, mrr_2, xmrr and MRR2", []),
        ("MRR's", ["MRR"]),
        ("written in C++?", ["C++"]),
        ("written in C", []),
        ("客单价 aov 多少", ["客单价 AOV"]),
        ("客单价 aovx", []),
        ("", []),
    ],
)
def test_a_question_is_told_of_the_terms_that_it_names(question, named):
    lines = for_question(TERMS, question)
    assert [line.partition(" means ")[0] for line in lines] == named
    assert set(lines) <= {f"{term.term} means {term.meaning}" for term in TERMS}


def test_a_question_is_told_of_no_more_than_it_can_bear():
    terms = [Term(f"t{n}", "x") for n in range(100)]
    assert len(for_question(terms, " ".join(term.term for term in terms))) == MOST_LINES


@pytest.mark.parametrize(
    "line, term",
    [
        ("MRR = monthly recurring revenue", TERMS[0]),
        ("  MRR\tmonthly  recurring revenue ", TERMS[0]),
        ("MRR: monthly recurring revenue", TERMS[0]),
        ("活跃客户：最近 90 天内有订单的客户", TERMS[1]),
        ("ratio = a = b", Term("ratio", "a = b")),
        ("10:30 = a time", Term("10:30", "a time")),
        ("late = dep_delay: more than 15", Term("late", "dep_delay: more than 15")),
    ],
)
def test_a_line_is_a_term_and_what_it_means(line, term):
    assert from_text(f"\n{line}\r\n\n") == (term,)


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("a = b\nalone", "Line 2 does not say"),
        ("= meaning", "Line 1 does not say"),
        ("term =", "Line 1 does not say"),
        ("x" * 61 + " = y", "Line 1 is too long"),
        ("x = " + "y" * 301, "Line 1 is too long"),
        ("?! = y", "without a letter"),
        ("MRR = a\nｍrr = b", "Line 2 has a term that is there already"),
        ("\n".join(f"t{n} = x" for n in range(MOST_TERMS + 1)), "room for 200"),
    ],
)
def test_what_is_no_list_of_terms_is_a_sentence(text, sentence):
    with pytest.raises(BadInput, match=sentence):
        from_text(text)


def test_a_text_comes_back_as_it_was_kept():
    assert from_text(as_text(TERMS)) == TERMS


WRITER = """
import sys
from pathlib import Path
from qsql.glossary import Glossary, Term
from qsql.userdata import Place
for n in range(30):
    Glossary(Path(sys.argv[1])).write(Place(sys.argv[2], "", ""), [Term(f"t{k}", f"{sys.argv[2]} {n}") for k in range(20)])
"""


def test_two_processes_write_at_once(glossary, tmp_path):
    path = str(tmp_path / "data" / "glossary.sqlite")
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, path, key]) for key in ("shop", "other", "shop")]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    for place in (SHOP, OTHER):
        assert glossary.read(place) == tuple(Term(f"t{k}", f"{place.key} 29") for k in range(20))


def test_a_broken_file_is_a_sentence(glossary, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "glossary.sqlite").write_bytes(b"not a database" * 100)
    for use in (lambda: glossary.read(SHOP), lambda: glossary.write(SHOP, TERMS)):
        with pytest.raises(BadInput, match="QSQL_DATA"):
            use()


@pytest.fixture
def screen(tmp_path, glossary):
    """The panel and its two handlers, as a page would call them."""
    for name in ("shop", "other"):
        with closing(sqlite3.connect(tmp_path / f"{name}.sqlite")) as connection:
            connection.execute("CREATE TABLE city (name TEXT)")
    workspace, request = Workspace(Settings(data=tmp_path / "data"), lambda: None), SimpleNamespace(headers={"accept-language": "en"})
    with Blocks() as demo:
        panel = panel_of.build()
        panel_of.wire(panel, workspace, glossary, gr.State(""), [demo.load])
    handlers = {function.name: function.fn for function in demo.fns.values()}
    yield SimpleNamespace(
        show=lambda source, drafts: handlers["on_change"](str(tmp_path / f"{source}.sqlite"), drafts, request),
        save=lambda source, text, drafts: handlers["on_save"](str(tmp_path / f"{source}.sqlite"), text, drafts, request),
        panel=panel,
    )
    workspace.close()


def test_what_is_written_wrongly_stays_with_its_database_until_it_is_right(screen):
    p = screen.panel
    kept = screen.save("shop", "MRR = revenue", {})
    assert "1 term is kept" in kept[p.said] and kept[p.drafts] == {}
    wrong = screen.save("shop", "MRR = revenue\nhalf a", {})
    assert "Line 2 does not say" in wrong[p.said] and p.field not in wrong
    assert screen.show("other", wrong[p.drafts])[p.field].value == ""
    back = screen.show("shop", wrong[p.drafts])
    assert back[p.field].value == "MRR = revenue\nhalf a" and "Line 2" in back[p.said]
    right = screen.save("shop", "MRR = revenue\nhalf a = 0.5a", wrong[p.drafts])
    assert "2 terms are kept" in right[p.said] and right[p.drafts] == {}
    assert screen.show("shop", {})[p.field].value == "MRR = revenue\nhalf a = 0.5a"
    assert "No terms" in screen.save("shop", None, {})[p.said] and screen.show("shop", {})[p.field].value == ""


def test_a_file_that_cannot_be_written_is_said_beneath_the_field(screen, tmp_path):
    (tmp_path / "data").write_text("a file, no folder")
    failed = screen.save("shop", "MRR = revenue", {})
    assert "could not be kept" in failed[screen.panel.said] and list(failed[screen.panel.drafts].values()) == ["MRR = revenue"]
