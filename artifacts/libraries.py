"""Libraries that a page may have inside it, as scripts: nothing is ever loaded from elsewhere."""

import json
import re
from functools import cache
from pathlib import Path

from qsql.texts import LANGUAGES, Words


def _vega() -> str:
    """Vega, Vega-Lite and vegaEmbed, whose interpreter (`ast: true`) needs no eval; about 900 KB, bundled offline by vl-convert."""
    import vl_convert

    return vl_convert.javascript_bundle()


def _dashboard() -> str:
    """What artifacts/dashboard describes, drawn: its style, and a function `dashboard(spec)`. In the page's language, if it is one of ours."""
    here = Path(__file__).parent / "dashboard"
    texts = {language: Words(language).under("dashboard") for language in LANGUAGES}
    style = json.dumps((here / "page.css").read_text("utf-8"), ensure_ascii=False)
    script = (here / "page.js").read_text("utf-8").replace("__TEXTS__", json.dumps(texts, ensure_ascii=False))
    return f"document.head.append(Object.assign(document.createElement('style'), {{textContent: {style}}}));\n{script}"


LIBRARIES = {"vega": _vega, "dashboard": _dashboard}
_ENDS = re.compile("<(?=/script|!--|script)", re.I)


@cache
def library_script(name: str) -> str:
    """The script element of one of LIBRARIES; what would end it stands only in its strings, and is spelled so that it does not."""
    text = _ENDS.sub(r"\\x3c", LIBRARIES[name]())
    return f"<script>{text}</script>"
