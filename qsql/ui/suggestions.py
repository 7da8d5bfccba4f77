"""Questions that one could ask of the database, as small buttons that put them into the question; nothing is asked by them."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

import gradio as gr

from qsql.databases.base import Database
from qsql.steps.knowledge import Knowledge
from qsql.suggest import suggest
from qsql.texts import Words

MOST = 4
SCRIPT = """
element.addEventListener("click", (event) => {
  const button = event.target.closest("button"), question = document.querySelector("#ask_question textarea");
  if (!button || !question) return;
  question.focus();
  question.setRangeText(button.textContent, 0, question.value.length, "end");
  question.dispatchEvent(new Event("input", {bubbles: true}));
});
"""


@dataclass(frozen=True)
class Suggestions:
    """`cells` says whether a question may name a cell of the database: where the model is to see none, it may not."""

    shown: gr.HTML
    cells: Callable[[], bool]

    @property
    def outputs(self) -> list:
        return [self.shown]


def build(cells: Callable[[], bool] = lambda: True) -> Suggestions:
    """Needs no `wire`: the buttons do their work in the page."""
    return Suggestions(gr.HTML(js_on_load=SCRIPT, apply_default_css=False, elem_id="ask_suggestions"), cells)


def show(panel: Suggestions, database: Database, known: Knowledge | None, words: Words) -> dict:
    """The questions that fit this database, in the language of the page."""
    questions = suggest(database.schema(), known, words.language, MOST, database.name, panel.cells())
    return {panel.shown: _html(questions, words("suggest.label"))}


def _html(questions: tuple[str, ...], label: str) -> str:
    buttons = "".join(f'<button type="button">{escape(question)}</button>' for question in questions)
    return f'<div role="group" aria-label="{escape(label)}"><span>{escape(label)}</span>{buttons}</div>' if questions else ""
