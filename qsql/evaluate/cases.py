"""A folder of questions -> a Suite of Cases: Spider's layout, BIRD's, and the two sets that come with the app.

Knows nothing of models or scores. A case has an SQL text that is right (`gold`), or says whether it can be answered at all.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from qsql.databases import Progress, open_database
from qsql.databases.base import Database
from qsql.errors import BadInput
from qsql.settings import Settings

HERE = Path(__file__).parent
FOLDERS = ("database", "dev_databases")  # Spider's, BIRD's
LANGUAGES = {"en": "question", "zh": "question_zh"}


@dataclass(frozen=True)
class Case:
    """One question; `group` is the row of the table of scores that it counts in. Either `gold` or `answerable` is given."""

    id: str
    database: str
    group: str
    question: str
    gold: str = ""
    evidence: str = ""
    answerable: bool | None = None


@dataclass(frozen=True)
class Suite:
    """Cases, and where their databases are: a file for each, or none where all are asked on the sample."""

    name: str
    cases: tuple[Case, ...]
    files: dict[str, Path]

    @property
    def digest(self) -> str:
        """Of the questions, so that a file of answers is known to belong to them."""
        return hashlib.sha256(json.dumps([asdict(case) for case in self.cases]).encode()).hexdigest()[:12]

    def open(self, database: str, settings: Settings, progress: Progress | None = None) -> Database:
        return open_database(self.files.get(database, database), settings, progress)


def read_suite(folder: str, questions: str = "dev.json", language: str = "both") -> Suite:
    """`sample`, `unanswerable`, or the path of a folder. Raises BadInput."""
    if folder in OWN:
        return OWN[folder](folder, language)
    root = Path(folder).expanduser()
    if not root.is_dir():
        raise BadInput(f"There is no folder {folder!r}.", "Give a folder in Spider's or BIRD's layout, or sample, or unanswerable.")
    path = root / questions if (root / questions).is_file() else Path(questions)
    if not path.is_file():
        raise BadInput(f"There is no {questions} in {folder!r}.", "Name the file of questions with --questions.")
    cases = _unique([_case(number, item, path) for number, item in enumerate(_listed(path))], path)
    files = {name: _file(root, name) for name in sorted({case.database for case in cases})}
    return Suite(root.resolve().name, cases, files)


def select(suite: Suite, databases: Sequence[str] = (), limit: int | None = None) -> Suite:
    """The cases on these databases, and of those an even stride over the databases in turn. Raises BadInput."""
    known = sorted({case.database for case in suite.cases})
    if unknown := sorted(set(databases) - set(known)):
        raise BadInput(f"No question is about the database {unknown[0]!r}.", f"There are {', '.join(known)}.")
    cases = [case for case in suite.cases if not databases or case.database in databases]
    if limit and limit < len(cases):
        cases = sorted(cases, key=lambda case: case.database)
        cases = [cases[place * len(cases) // limit] for place in range(limit)]
    if not cases:
        raise BadInput(f"There are no questions in {suite.name!r}.", "Choose others.")
    for name in sorted({case.database for case in cases} & suite.files.keys()):
        if not suite.files[name].is_file():
            raise BadInput(f"There is no database {str(suite.files[name])!r}.", "Put it there, or leave it out with --databases.")
    return replace(suite, cases=tuple(cases))


def read_lines(path: Path) -> list[dict]:
    """A file of JSON objects, one a line. Raises BadInput."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeError) as error:
        raise BadInput(f"{str(path)!r} cannot be read.", "Check the path.") from error
    return [_object(line, f"line {number} of {path.name}") for number, line in enumerate(lines, 1) if line.strip()]


def _object(text: str, where: str) -> dict:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise BadInput(f"There is no JSON in {where}.", "Correct it, or choose another file.") from error
    if not isinstance(found, dict):
        raise BadInput(f"There is no JSON object in {where}.", "Correct it, or choose another file.")
    return found


def _listed(path: Path) -> list[dict]:
    try:
        found = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{path.name} cannot be read as JSON.", "Correct it, or name another file with --questions.") from error
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise BadInput(f"{path.name} is not a list of questions.", "It takes objects with db_id, question, and query or SQL.")
    return found


def _case(number: int, item: dict, path: Path) -> Case:
    database, question, gold = item.get("db_id"), item.get("question"), item.get("query", item.get("SQL"))
    if not all(isinstance(value, str) and value.strip() for value in (database, question, gold)):
        raise BadInput(f"Question {number} of {path.name} is not whole.", "Each needs db_id, question, and query (Spider) or SQL (BIRD).")
    name = str(item.get("question_id", number))
    return Case(name, database, database, question, gold.strip().rstrip(";"), str(item.get("evidence") or ""))


def _file(root: Path, name: str) -> Path:
    """Where a database is, or would be."""
    places = [root / folder / name / f"{name}.sqlite" for folder in FOLDERS]
    return next((place for place in places if place.is_file()), places[0])


def _unique(cases: list[Case], path: Path) -> tuple[Case, ...]:
    if len({case.id for case in cases}) < len(cases):
        raise BadInput(f"Two questions of {path.name} have the same id.", "Give each its own question_id, or take all away.")
    return tuple(cases)


def _sample(name: str, language: str) -> Suite:
    """First all in one language, then all in the other, so that a stride meets both."""
    lines = _whole(read_lines(_own(name)), ("id", "level", "question", "gold"), name)
    chosen = [language] if language in LANGUAGES else list(LANGUAGES)
    cases = [
        Case(f"{line['id']}.{short}", "sample", f"{line['level']} {short}", line[LANGUAGES[short]], line["gold"])
        for short in chosen
        for line in lines
        if line.get(LANGUAGES[short])
    ]
    return Suite(name, _unique(cases, _own(name)), {})


def _unanswerable(name: str, language: str) -> Suite:
    lines = _whole(read_lines(_own(name)), ("id", "question", "answerable"), name)
    groups = {True: "answerable", False: "unanswerable"}
    cases = [
        Case(str(line["id"]), "sample", groups[bool(line["answerable"])], line["question"], answerable=bool(line["answerable"]))
        for line in lines
    ]
    return Suite(name, _unique(cases, _own(name)), {})


OWN: dict[str, Callable[[str, str], Suite]] = {"sample": _sample, "unanswerable": _unanswerable}


def _own(name: str) -> Path:
    return HERE / f"{name}.jsonl"


def _whole(lines: list[dict], keys: Sequence[str], name: str) -> list[dict]:
    for number, line in enumerate(lines, 1):
        if missing := [key for key in keys if key not in line]:
            raise BadInput(f"Line {number} of {name}.jsonl has no {missing[0]}.", "Correct it.")
    return lines
