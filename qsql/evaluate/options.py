"""The options of `evaluate`: from flags, and from a file of settings, over which flags win."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from qsql.errors import BadInput
from qsql.plan import EFFORTS

ENGINES = ("given", "duckdb")
LANGUAGES = ("en", "zh", "both")


class _Quiet(argparse.ArgumentParser):
    """Bad values of a file are a sentence, not a usage."""

    def error(self, message: str):
        raise BadInput(f"The file of settings cannot be used: {message}.", "Its names are those of the flags, without dashes.")


def add_options(parser: argparse.ArgumentParser, add_model: Callable[[argparse.ArgumentParser], None]) -> None:
    """Each option is absent where it is not given, so that a file of settings can give it."""
    parser.add_argument("folder", nargs="?", help="a folder in Spider's or BIRD's layout, or sample, or unanswerable")
    parser.add_argument("--compare", nargs=2, metavar=("A", "B"), help="say how the run in file B differs from the one in A")
    parser.add_argument("--settings", metavar="FILE", help="a JSON object of these options; flags win over it")
    _add(parser, add_model)


def _add(parser: argparse.ArgumentParser, add_model: Callable[[argparse.ArgumentParser], None]) -> None:
    add_model(parser)

    def option(name: str, **more) -> None:
        parser.add_argument(name, default=argparse.SUPPRESS, **more)

    option("--questions", metavar="FILE", help="the file of questions, in the folder or elsewhere (default: dev.json)")
    option("--language", choices=LANGUAGES, help="of the sample's questions (default: both)")
    option("--limit", type=_whole, metavar="N", help="ask only so many, evenly over all databases")
    option("--databases", type=_names, metavar="A,B", help="ask only on these")
    option("--engine", choices=ENGINES, help="given: the databases as they are; duckdb: copied into DuckDB (default: given)")
    option("--effort", choices=EFFORTS, help="how much may be done for an answer (default: auto)")
    option("--without", type=_names, metavar="STEP,STEP", help="leave out these steps")
    option("--plain", action="store_true", help="leave out every step: the bare prompt, one greedy answer")
    option("--recorded", metavar="FOLDER", help="keep what the model writes there, and read it from there the next time")
    option("--output", metavar="FILE", help="a line for each question; a run goes on where it ends (default: evaluate-FOLDER.jsonl)")


def merged(arguments: argparse.Namespace, add_model: Callable[[argparse.ArgumentParser], None]) -> argparse.Namespace:
    """The flags over the settings' file, where there is one. Raises BadInput."""
    if not arguments.settings:
        return arguments
    parser = _Quiet(add_help=False, allow_abbrev=False)
    _add(parser, add_model)
    found = parser.parse_args(_flags(_object(Path(arguments.settings))))
    return argparse.Namespace(**(vars(found) | vars(arguments)))


def _object(path: Path) -> dict:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"The file of settings {str(path)!r} cannot be read as JSON.", "Check the path, or correct it.") from error
    if not isinstance(found, dict):
        raise BadInput(f"The file of settings {str(path)!r} is not a JSON object.", 'Write something like {"limit": 100}.')
    return found


def _flags(settings: dict) -> list[str]:
    """A flag for each, as a person would have written it."""
    flags = []
    for name, value in settings.items():
        if isinstance(value, list):
            value = ",".join(map(str, value))
        if value is True:
            flags.append(f"--{name}")
        elif value is not False and value is not None:
            flags.append(f"--{name}={value}")
    return flags


def _whole(text: str) -> int:
    if (value := int(text)) > 0:
        return value
    raise argparse.ArgumentTypeError("must be more than zero")


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
