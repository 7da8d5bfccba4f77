"""A request in plain words -> Prompt. The wording is in prompts/. Pure; knows nothing of models or screens."""

from functools import cache
from pathlib import Path

from artifacts.data import told
from artifacts.records import Data, Page
from artifacts.skeleton import shape
from qsql.errors import BadInput
from qsql.records import Message, Prompt

LONGEST_REQUEST = 4000
END_OF_PAGE = "</html>"


def checked(request: str) -> str:
    """The request without white space around it. Raises BadInput for an empty one, or one of more than 4000 characters."""
    text = request.strip()
    if not text:
        raise BadInput("There is no request.", "Say in a sentence what the page should show or do.")
    if len(text) > LONGEST_REQUEST:
        raise BadInput(
            f"The request is {len(text):,} characters long; at most {LONGEST_REQUEST:,} are taken.",
            "Say the essence in a few sentences.",
        )
    return text


def page_prompt(request: str, data: Data | None = None, before: Page | None = None, rows: bool = True) -> Prompt:
    """What to tell a model so that it writes the page, with `data` where it shows rows; or writes `before` anew with a change.

    Without `rows` the model sees none of them. Raises BadInput as `checked` and `told` do.
    """
    text = checked(request)
    asked = Message("user", (before.request if before else text) + told(data, rows))
    turns = (Message("assistant", before.html.strip()), Message("user", _wording("change").format(request=text))) if before else ()
    rules = _wording("page").replace("{skeleton}", shape())
    return Prompt((Message("system", rules), asked, *turns), stop=(END_OF_PAGE,))


def fill_prompt(request: str) -> Prompt:
    """What to tell a model so that it goes on with a page that has begun. Raises BadInput as `checked` does."""
    return Prompt((Message("system", _wording("fill")), Message("user", checked(request))))


def edit_prompt(request: str, before: Page, rows: bool = True) -> Prompt:
    """What to tell a model so that it names what is to be replaced in `before`. Raises BadInput as `checked` does."""
    text = checked(request)
    return Prompt((Message("system", _wording("edit")), Message("user", f"{before.html}\n\n{text}{told(before.data, rows)}")))


@cache
def _wording(name: str) -> str:
    return (Path(__file__).parent / "prompts" / f"{name}.md").read_text("utf-8").strip()
