"""What the screen's handlers share: the model, the open databases, what was accepted, and each visitor's stop button."""

import threading
from collections.abc import Callable

from qsql.accepted import FILE, Accepted, database_key
from qsql.databases import open_database
from qsql.databases.base import Database
from qsql.databases.files import open_files
from qsql.models.base import Model
from qsql.prompt import check_question
from qsql.records import Question
from qsql.settings import Settings
from qsql.sql import read_query
from qsql.steps.knowledge import prepare

Source = str | tuple[str, ...]


class Workspace:
    """Lives as long as the app. `model` waits until the model is loaded; it raises what loading raised."""

    def __init__(self, settings: Settings, model: Callable[[], Model], database: Database | None = None) -> None:
        self.settings = settings
        self.model = model
        self.accepted = Accepted(settings.data / FILE)
        self._databases: dict[Source, Database] = {settings.database: database} if database else {}
        self._stops: dict[str, threading.Event] = {}
        self._lock = threading.Lock()

    def open(self, source: Source) -> Database:
        """A path, URL or name, or the paths of uploaded files; opened once, then kept. Raises CannotOpen and the like."""
        with self._lock:
            if source not in self._databases:
                self._databases[source] = self._open(source)
                prepare(self._databases[source])  # while the person still types
            return self._databases[source]

    def keep(self, source: Source, question: Question, sql: str) -> None:
        """Recall this SQL for this question from now on. Raises for what is no question or no reading SQL, and where it cannot be kept."""
        database = self.open(source)
        check_question(question)
        query = read_query(sql, database.dialect)
        self.accepted.keep(database_key(database), question.text, question.evidence, query.sql)

    def forget(self, source: Source, question: Question) -> None:
        self.accepted.forget(database_key(self.open(source)), question.text, question.evidence)

    def start(self, visitor: str) -> threading.Event:
        """A new event for this visitor's run; a run that still goes is stopped."""
        self.stop(visitor)
        self._stops[visitor] = threading.Event()
        return self._stops[visitor]

    def stop(self, visitor: str) -> None:
        event = self._stops.pop(visitor, None)
        if event is not None:
            event.set()

    def close(self) -> None:
        for event in list(self._stops.values()):
            event.set()
        for database in self._databases.values():
            database.close()

    def _open(self, source: Source) -> Database:
        if isinstance(source, str):
            return open_database(source, self.settings)
        return open_database(source[0], self.settings) if len(source) == 1 else open_files(source)
