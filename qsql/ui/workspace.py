"""What the screen's handlers share: the model, the open databases, what was accepted, and each visitor's stop button."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from qsql.accepted import FILE, Accepted
from qsql.databases import open_database, open_files, shown
from qsql.databases.base import Database, Limits
from qsql.glossary import FILE as GLOSSARY
from qsql.glossary import Glossary, for_question
from qsql.history import FILE as HISTORY
from qsql.history import History
from qsql.models.base import Model
from qsql.models.holder import using
from qsql.plan import Effort, Plan
from qsql.prompt import check_question
from qsql.records import Question
from qsql.settings import Settings
from qsql.sql import read_query
from qsql.steps.knowledge import prepare
from qsql.userdata import database_key, place_of
from qsql.warm import Warmer

Source = str | tuple[str, ...]


@dataclass(frozen=True)
class Visitor:
    """Who asks: the name of a log-in, empty where there is none, and the tab's session."""

    name: str
    session: str


class Workspace:
    """Lives as long as the app. `model` waits until the model is loaded; it raises what loading raised.

    `first` is what the screen calls the database that it begins with; `accepted`, `history` and `glossary` are None where nothing is
    kept.
    """

    def __init__(self, settings: Settings, model: Callable[[], Model], database: Database | None = None) -> None:
        self.settings = settings
        self.kept = settings.kept()
        self.model = self.holder = model
        self.warmer = Warmer(getattr(model, "aside", model), lambda: self.plan("auto"))
        model.ready = self._in_use
        self._addresses: dict[str, str] = {}  # as they are shown -> with their secrets
        self.first = self.shown(settings.database)
        self.accepted: Accepted | None = Accepted(settings.data / FILE)
        self.history: History | None = History(settings.data / HISTORY)
        self.glossary: Glossary | None = Glossary(settings.data / GLOSSARY)
        self._databases: dict[Source, Database] = {settings.database: database} if database else {}
        self._stops: dict[Visitor, threading.Event] = {}
        self._opening: dict[Source, threading.Lock] = {}
        self._lock = threading.Lock()
        if database:
            self._get_ready(settings.database)

    def shown(self, source: Source) -> str:
        """What to call it on the screen, which shows no password; `source` finds it again by that."""
        if not isinstance(source, str):
            return ""
        label = shown(source)
        self._addresses[label] = source
        return label

    def source(self, text: str, visitor: Visitor) -> Source:
        """What a person calls by this text."""
        return self._addresses.get(text, text)

    def uploaded(self, paths: Sequence[str], visitor: Visitor) -> Source:
        return tuple(paths)

    def working(self, visitor: Visitor) -> AbstractContextManager[None]:
        """Around whatever keeps the model or an engine busy."""
        return nullcontext()

    def limits(self, stop: threading.Event) -> Limits:
        return Limits(self.kept.now.max_rows, self.kept.now.seconds, stop)

    def plan(self, effort: Effort) -> Plan:
        """How a question is answered, with or without rows in front of the model as that is set now."""
        return Plan.of(effort, self.kept.now.sample_rows)

    def open(self, source: Source) -> Database:
        """A path, URL or name, or the paths of uploaded files; opened once, then kept until its file changes.

        Raises CannotOpen and the like.
        """
        with self._lock:
            opening = self._opening.setdefault(source, threading.Lock())
        with opening:  # one that is slow to open holds up nobody who asks another
            if source in self._databases and self._databases[source].changed:
                self._databases.pop(source).close()
            if source not in self._databases:
                self._databases[source] = self._open(source)
                self._get_ready(source)
            return self._databases[source]

    def keeps(self, source: Source) -> bool:
        """Whether what a model has read of it may stay on the disk."""
        return True

    def shut(self, source: Source) -> None:
        """Close it; whoever asks it again opens it anew."""
        with self._lock:
            opening = self._opening.pop(source, threading.Lock())
        with opening:
            database = self._databases.pop(source, None)
        if database is not None:
            database.close()

    def keep(self, source: Source, question: Question, sql: str) -> None:
        """Recall this SQL for this question from now on. Raises for what is no question or no reading SQL, and where it cannot be kept."""
        database = self.open(source)
        check_question(question)
        query = read_query(sql, database.dialect)
        self.accepted.keep(database_key(database), question.whole, question.evidence, query.sql)

    def forget(self, source: Source, question: Question) -> None:
        self.accepted.forget(database_key(self.open(source)), question.whole, question.evidence)

    def terms(self, source: Source, question: Question) -> tuple[str, ...]:
        """What the person's glossary of this database says of words of the question. Raises BadInput where it cannot be read."""
        if self.glossary is None:
            return ()
        return for_question(self.glossary.read(place_of(source, self.open)), question.whole)

    def start(self, visitor: Visitor) -> threading.Event:
        """A new event for this visitor's run; a run that still goes is stopped."""
        self.stop(visitor)
        self._stops[visitor] = threading.Event()
        return self._stops[visitor]

    def stop(self, visitor: Visitor) -> None:
        event = self._stops.pop(visitor, None)
        if event is not None:
            event.set()

    def leave(self, visitor: Visitor) -> None:
        """The tab was closed."""
        self.stop(visitor)

    def masked(self, name: str) -> str:
        """What visitors may see of a model's name."""
        return name

    @contextmanager
    def asking(self, stop: threading.Event) -> Iterator[Model]:
        """The model for one question; nothing is read ahead meanwhile."""
        with self.warmer.give_way(), using(self.model, stop) as model:
            yield model

    def close(self) -> None:
        self.warmer.close()
        for event in list(self._stops.values()):
            event.set()
        for database in list(self._databases.values()):
            database.close()

    def _in_use(self, name: str) -> None:
        """Another model was switched to: it is the one to begin with next time, and has to read the tables too."""
        self.kept.change(model=name)
        self.warmer.again()

    def _get_ready(self, source: Source) -> None:
        """While the person still types."""
        prepare(self._databases[source])
        self.warmer.warm(self._databases[source], self.keeps(source))

    def _open(self, source: Source) -> Database:
        if isinstance(source, str):
            return open_database(source, self.settings)
        return open_database(source[0], self.settings) if len(source) == 1 else open_files(source)
