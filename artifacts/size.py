"""What a model of a size is trusted with. Pure.

Only the 0.5B and the 1.5B are measured (benchmarks/artifacts.md); the borders above them are taken from published edit benchmarks.
"""

from qsql.models.size import billions

LAYS_OUT = 3.5  # billions of parameters up to which a page of rows is a specification that a template shows
FILLS = 3.5  # up to which any other page begins as a skeleton whose gaps it fills
LARGE = float("inf")  # one whose name does not tell
EDITS = 13.0  # from which on a change may be a few replacements instead of the whole file


def lays_out(name: str) -> bool:
    """Whether it describes a page of rows better than it writes one."""
    return (billions(name) or LARGE) <= LAYS_OUT


def fills(name: str) -> bool:
    """Whether it fills in a page better than it writes a whole one."""
    return (billions(name) or LARGE) <= FILLS


def edits(name: str) -> bool:
    """Whether it can name exactly what is to be replaced."""
    return (billions(name) or 0) >= EDITS
