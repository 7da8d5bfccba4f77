"""A request in plain words -> Prompt. The wording is in prompts/page.md. Pure; knows nothing of models or screens."""

from functools import cache
from pathlib import Path

from artifacts.data import told
from artifacts.records import Data
from qsql.errors import BadInput
from qsql.records import Message, Prompt

LONGEST_REQUEST = 4000
END_OF_PAGE = "</html>"


def page_prompt(request: str, data: Data | None = None) -> Prompt:
    """What to tell a model so that it writes the page, with `data` where it shows rows. Raises BadInput for an empty request, or one of more than 4000 characters."""
    text = request.strip()
    if not text:
        raise BadInput("There is no request.", "Say in a sentence what the page should show or do.")
    if len(text) > LONGEST_REQUEST:
        raise BadInput(
            f"The request is {len(text):,} characters long; at most {LONGEST_REQUEST:,} are taken.",
            "Say the essence in a few sentences.",
        )
    return Prompt((Message("system", _wording()), Message("user", text + told(data))), stop=(END_OF_PAGE,))


@cache
def _wording() -> str:
    return (Path(__file__).parent / "prompts" / "page.md").read_text("utf-8").strip()
