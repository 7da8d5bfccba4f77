"""Pages that a program had written: each goes to a file of its own, in one folder."""

from dataclasses import dataclass
from itertools import count
from pathlib import Path

from qsql.errors import BadInput


@dataclass(frozen=True)
class Written:
    """A page as one HTML file, a name for that file, and what is told of it."""

    name: str
    html: str
    about: dict


def save(folder: Path, page: Written) -> dict:
    """What is told of it, with the path of its new file: under its name, with a number where there is a file of that name. Raises BadInput."""
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)  # rows are in them
        return {"path": str(_written(folder, page)), **page.about}
    except OSError as error:
        raise BadInput(f"The page could not be written to {folder}: {error.strerror}.", "Choose another folder with --pages.") from error


def _written(folder: Path, page: Written) -> Path:
    stem = Path(page.name).stem
    for number in count(1):
        path = folder / (page.name if number == 1 else f"{stem}-{number}.html")
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(page.html)
            return path
        except FileExistsError:
            continue
