"""What a page reported -> its faults, and the request that has a model mend the first. Pure; trusts nothing of what a page says."""

from functools import cache
from pathlib import Path

from artifacts.console import console_text

AROUND = 5  # lines on either side
MOST = 700  # characters of the error, and of the lines
FAULTS = ("error", "blocked")


def faults(lines: object, blank: object = False, hung: object = False) -> tuple[str, ...]:
    """One sentence each, the first as it happened; empty where nothing is wrong."""
    said = [entry for entry in lines if isinstance(entry, dict) and entry.get("kind") in FAULTS] if isinstance(lines, list) else []
    found = [line[2:] for line in console_text(said).splitlines()]
    if hung is True:
        found.append("The page never comes to rest: a loop in its script does not end.")
    elif blank is True:
        found.append("The page is blank: nothing on it can be seen.")
    return tuple(found)


def fix_request(html: str, fault: str, quoted: bool = True) -> str:
    """What to ask of a model: the fault as quoted data, and the lines around the place that it names.

    What a page with rows says may be of a cell: where that is not to be told, the fault is not `quoted`, and only its place is.
    """
    place = _line(fault)
    if not quoted:
        fault = f"an error (line {place})" if place else "an error"
    lines = html.split("\n")
    shown = lines[max(0, place - 1 - AROUND) : place + AROUND] if place else lines[-2 * AROUND :]
    return _wording().format(error=fault[:MOST], lines="\n".join(shown)[:MOST])


def _line(fault: str) -> int:
    """Where it happened, counted from 1; 0 where it does not say."""
    _, _, rest = fault.rpartition("(line ")
    number = rest.partition(")")[0]
    return int(number) if number.isdecimal() and len(number) < 7 else 0


@cache
def _wording() -> str:
    return (Path(__file__).parent / "prompts" / "fix.md").read_text("utf-8").strip()
