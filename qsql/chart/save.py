"""A chart that `spec` made -> a picture, or its text. The only file that knows vl-convert, which draws without a browser and without a network."""

import json
from typing import Any

from qsql.errors import MissingLibrary, QsqlError

WIDTH = 760  # of a picture, in CSS pixels; on the screen a chart takes what room there is
SHARP = 2  # pixels of a PNG for each of these


class CannotDraw(QsqlError):
    pass


def to_vega_lite(spec: dict[str, Any]) -> str:
    """JSON that other programs of Vega-Lite draw as it is."""
    return json.dumps(spec, ensure_ascii=False, indent=2, allow_nan=False)


def to_png(spec: dict[str, Any]) -> bytes:
    """Raises MissingLibrary, CannotDraw."""
    return _drawn("vegalite_to_png", spec, scale=SHARP)


def to_svg(spec: dict[str, Any]) -> str:
    """Raises MissingLibrary, CannotDraw."""
    return _drawn("vegalite_to_svg", spec)


def _drawn(converter: str, spec: dict[str, Any], **options: Any) -> Any:
    try:
        import vl_convert
    except ModuleNotFoundError as error:
        raise MissingLibrary("vl-convert", "vl-convert-python") from error
    sized = {**spec, "width": WIDTH} if spec.get("width") == "container" else spec
    try:
        return getattr(vl_convert, converter)(sized, allowed_base_urls=[], **options)  # no address at all may be asked
    except ValueError as error:
        raise CannotDraw("The chart could not be drawn as a picture.", "Save it as Vega-Lite, or choose another type.") from error
