"""A page with gaps for a small model to fill in, in their order: what is the same in every page stands there already. Pure."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import ImageColor

DARK_GROUND = "white"  # the ink on one
_GAP = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True)
class Gap:
    """What is written up to `stop`, in at most so many tokens (None: as many as a page may have).

    `fits` is what it may be; in the stead of anything else stands `otherwise`.
    """

    stop: str
    tokens: int | None
    fits: re.Pattern
    otherwise: str = ""

    def take(self, said: str) -> str:
        """What of it goes into the page."""
        return said if self.fits.fullmatch(said) else self.otherwise


GAPS = {
    "accent": Gap('"', 12, re.compile(r"[a-z]{3,24}|#[0-9a-f]{3,8}", re.I), "slateblue"),
    "title": Gap("</title>", 40, re.compile(r"[^<\n]+")),
    "style": Gap("</style>", 1200, re.compile(r"[^<]*")),
    "page": Gap("</html>", None, re.compile(r".*", re.S)),
}


def shape() -> str:
    """The skeleton to look at, with ACCENT and TITLE where these belong."""
    names = {"accent": "ACCENT", "title": "TITLE", "ink": DARK_GROUND}
    return "".join(fixed + names.get(name, "") for fixed, name in parts()).rstrip("\n")


def ink_on(accent: str) -> str:
    """White, or black where white could not be read on it: below the contrast of 3 that WCAG 2.2 asks of large text."""
    try:
        channels = [channel / 255 for channel in ImageColor.getrgb(accent)[:3]]
    except ValueError:  # no colour, so that the one before it counts
        return DARK_GROUND
    red, green, blue = (channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return DARK_GROUND if 1.05 / (luminance + 0.05) >= 3 else "black"


@cache
def parts() -> tuple[tuple[str, str], ...]:
    """The skeleton as pairs: fixed text, and the name of the gap after it. A name that comes again stands for what it was filled with."""
    text = (Path(__file__).parent / "prompts" / "skeleton.html").read_text("utf-8").rstrip("\n")
    pieces = _GAP.split(text)
    return tuple(zip(pieces[::2], pieces[1::2], strict=False))
