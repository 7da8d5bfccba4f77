"""A request about rows -> Prompt for a specification, or for a changed one. The wording is in prompts/dashboard*.md. Pure."""

import json
import re
from functools import cache
from pathlib import Path

from artifacts.dashboard.spec import json_schema
from artifacts.dashboard.words import named_kinds
from artifacts.data import check_names, shown_rows
from artifacts.records import Data
from qsql.records import Message, Prompt

_CHINESE = re.compile("[\u4e00-\u9fff]")


def dashboard_prompt(request: str, data: Data, before: str = "", rows: bool = True) -> Prompt:
    """What to tell a model so that it writes the specification; `before` is the one that the request wants changed, as JSON.

    Without `rows` the model sees none of them. Raises BadInput where it would see cells all the same.
    """
    check_names(data, rows)
    asked = _wording("dashboard_change" if before else "dashboard_request").format(
        question=data.question or data.sql,
        count=len(data.rows),
        columns="\n".join(_columns(data)),
        rows=shown_rows(data, rows),
        before=before,
        request=request,
    )
    if language_of(request) == "zh":
        asked += "\n（标题用中文写）"  # beside English columns a small model forgets it
    schema = json_schema(data, () if before else named_kinds(request))
    return Prompt((Message("system", _wording("dashboard")), Message("user", asked)), json_schema=schema)


def language_of(request: str) -> str:
    """In which language the page is to speak."""
    return "zh" if _CHINESE.search(request) else "en"


def _columns(data: Data) -> list[str]:
    """With how many different values each has, which tells a category from a name."""
    names = (json.dumps(name, ensure_ascii=False) for name in data.columns)
    different = (len({row[place] for row in data.rows if row[place] is not None}) for place in range(len(data.columns)))
    return [f"- {name} ({kind}, {count} different)" for name, kind, count in zip(names, data.kinds, different, strict=True)]


@cache
def _wording(name: str) -> str:
    return (Path(__file__).parent.parent / "prompts" / f"{name}.md").read_text("utf-8").strip()
