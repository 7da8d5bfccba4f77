"""Dashboard + rows -> the page: a short document that a person can read and change; what draws it is the library `dashboard`. Pure."""

import json
import re
from dataclasses import asdict
from html import escape

from artifacts.dashboard.spec import Dashboard, Part

LIBRARIES = ("vega", "dashboard")
_PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
</head>
<body>
<script type="application/json" id="spec">
{spec}
</script>
<script>dashboard(JSON.parse(document.getElementById("spec").textContent))</script>
</body>
</html>
"""


def render(dashboard: Dashboard, language: str = "en") -> str:
    """The document; it needs LIBRARIES and `window.qsql`."""
    text = re.sub("<", r"\\u003c", as_json(dashboard, indent=1))
    return _PAGE.format(language=escape(language), title=escape(dashboard.title), spec=text)


def as_json(dashboard: Dashboard, indent: int | None = None) -> str:
    """The specification as a model writes it, and as the page and a later change read it."""
    said = {**asdict(dashboard), "parts": [_part(part) for part in dashboard.parts]}
    return json.dumps(said, ensure_ascii=False, indent=indent)


def _part(part: Part) -> dict:
    """Without what this kind of part has none of."""
    kept = {"kind": part.kind, "title": part.title}
    more = {name: value for name, value in asdict(part).items() if name not in kept and value}
    return kept | (more | {"columns": list(part.columns)} if part.kind == "table" else more)
