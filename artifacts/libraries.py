"""Libraries that a page may have inside it, as scripts: nothing is ever loaded from elsewhere."""

import re
from functools import cache


def _vega() -> str:
    """Vega, Vega-Lite and vegaEmbed, whose interpreter (`ast: true`) needs no eval; about 900 KB, bundled offline by vl-convert."""
    import vl_convert

    return vl_convert.javascript_bundle()


LIBRARIES = {"vega": _vega}
_ENDS = re.compile("<(?=/script|!--|script)", re.I)


@cache
def library_script(name: str) -> str:
    """The script element of one of LIBRARIES; what would end it stands only in its strings, and is spelled so that it does not."""
    text = _ENDS.sub(r"\\x3c", LIBRARIES[name]())
    return f"<script>{text}</script>"
