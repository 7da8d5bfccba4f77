"""Read the schema of a database into the model's cache while a person still types, so that the first question waits for less.

What is read is the beginning that every question's prompt has. One at a time, in a thread of its own; a question, on any database,
goes before it at once, and so does a newer wish. A server gets nothing that nobody has asked for, and the echo model has no use for it.
"""

import logging
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Condition, Event, Thread

from qsql.databases.base import Database, Limits
from qsql.models.base import Model, Options
from qsql.plan import Plan
from qsql.records import Answer, Prompt, Question, Schema
from qsql.steps.base import Asking
from qsql.steps.knowledge import prepare
from qsql.steps.withheld import without_rows
from qsql.tables import fits

COMPUTED_HERE = ("qsql.models.llamacpp", "qsql.models.tokens")  # whose cache is in this process
ANY = Question("?")
LOOK = 0.05  # seconds between two looks at whether it is still wanted


class Warmer:
    """`get_model` waits until the model is loaded; what it raises is the business of whoever asks a question. `plan` is theirs."""

    def __init__(self, get_model: Callable[[], Model], plan: Callable[[], Plan] = Plan) -> None:
        self._get_model, self._plan = get_model, plan
        self._changed = Condition()  # around everything below
        self._wanted: Database | None = None
        self._last: Callable[[], Database | None] = lambda: None
        self._keep = True
        self._cancel = Event()  # of what is being read
        self._questions = 0
        self._thread: Thread | None = None
        self._closed = False

    @property
    def at_work(self) -> bool:
        """Whether something is being read, or is still to be."""
        return self._wanted is not None

    def warm(self, database: Database, keep: bool = True) -> None:
        """Read its schema soon; whatever else was to be read is given up. Returns at once.

        With `keep`, what is read is kept on disk: for the next start, and for questions that come at the same time.
        """
        with self._changed:
            self._wanted, self._last, self._keep = database, weakref.ref(database), keep
            self._cancel.set()
            if self._thread is None and not self._closed:
                self._thread = Thread(target=self._run, name="qsql-warm", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def again(self) -> None:
        """The same for another model."""
        database = self._last()
        if database is not None:
            self.warm(database, self._keep)

    @contextmanager
    def give_way(self) -> Iterator[None]:
        """Around each question: nothing is read meanwhile. What was broken off goes on after it."""
        with self._changed:
            self._questions += 1
            self._cancel.set()
        try:
            yield
        finally:
            with self._changed:
                self._questions -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """Nothing more is read."""
        with self._changed:
            self._closed, self._wanted = True, None
            self._cancel.set()
            self._changed.notify_all()

    def _run(self) -> None:
        while self._next():
            database, keep, cancel = self._wanted, self._keep, self._cancel
            if database is not None:
                self._read(database, keep, cancel)
                with self._changed:
                    if self._wanted is database and not cancel.is_set():
                        self._wanted = None
            del database

    def _next(self) -> bool:
        """Wait for something to read; False where there will be nothing more."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or (self._wanted is not None and not self._questions))
            self._cancel = Event()
            return not self._closed

    def _read(self, database: Database, keep: bool, cancel: Event) -> None:
        try:
            model = self._get_model()
            read(database, model, Options(max_tokens=1, cancel=cancel, keep=keep), self._plan())
        except Exception:  # of a model or a database: a question meets it again, and its person is told
            logging.getLogger(__name__).debug("while reading a schema ahead", exc_info=True)


def read(database: Database, model: Model, options: Options, plan: Plan = Plan()) -> None:
    """Read its schema now; nothing where the model is not computed here, or no question will be shown the whole of it."""
    if computed_here(model) and (schema := _schema(database, options)) is not None and schema.tables and fits(schema, model.context):
        for _ in model.stream(beginning(database, schema if plan.rows else without_rows(schema), model), options):
            pass


def restored(database: Database, schema: Schema, model: Model) -> AbstractContextManager[None]:
    """Around a question: what an earlier one, or an earlier program, has read of this schema is there again."""
    if hasattr(model, "restored") and schema.tables:
        return model.restored(beginning(database, schema, model))
    return nullcontext()


_read_by: "weakref.WeakKeyDictionary[Database, str]" = weakref.WeakKeyDictionary()


def read_once(database: Database, model: Model, plan: Plan = Plan()) -> None:
    """Before the first question of a program without a screen; what is read outlives it."""
    if _read_by.get(database) != model.name:
        _read_by[database] = model.name
        read(database, model, Options(max_tokens=1, keep=True), plan)


def beginning(database: Database, schema: Schema, model: Model) -> Prompt:
    """A prompt that begins as that of every question does."""
    asking = Asking(database, schema, None, ANY, model, Options(), Limits(), Plan(), 0.0)
    return asking.prompt(Answer(ANY, database.name, model.name))


def computed_here(model: Model) -> bool:
    return getattr(model, "backend", type(model).__module__) in COMPUTED_HERE


def _schema(database: Database, options: Options) -> Schema | None:
    """With the keys that are inferred, as a question has it; None where it is not wanted any more."""
    known = prepare(database)
    while not options.cancelled:
        try:
            return known.result(timeout=LOOK).schema
        except TimeoutError:
            continue
    return None
