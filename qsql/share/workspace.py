"""The workspace of an app that is shared: each visitor has the shared database and their own uploads, and nothing else."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from qsql.databases import open_database
from qsql.databases.base import Database, Limits
from qsql.models.base import Model, Options
from qsql.records import Piece, Prompt, Query, Question, Result, Schema
from qsql.settings import Settings
from qsql.share.limits import Limits as Allowed
from qsql.share.limits import Refused
from qsql.share.mask import Mask, mask_of, masking
from qsql.share.visitors import STRAY, Visitors, not_yours
from qsql.ui.workspace import Source, Visitor, Workspace

MOST_ROWS = 1000
MOST_BYTES = 8_000_000  # of rows that go to a screen
SWEEP = 30.0  # seconds between two looks for visitors who are gone


class SharedWorkspace(Workspace):
    """`visitors` knows who does what. `coming` is for Gradio's files; it goes with the workspace, as all uploads do."""

    def __init__(self, settings: Settings, model: Callable[[], Model], database: Database | None = None) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="qsql-share-", ignore_cleanup_errors=True)
        folder = Path(self._temporary.name).resolve()
        self.visitors, self.coming = Visitors(Allowed.of(settings), folder / "opened"), folder / "coming"
        self.mask = mask_of(settings, folder)
        shared = MaskedDatabase(database or open_database(settings.database, settings), self.mask)
        self._name = shared.name
        super().__init__(settings, model, shared)
        self.model = lambda: MaskedModel.of(model, self.mask)
        self.accepted = self.history = self.glossary = None  # what one accepts or asks, others would get
        self._ended = threading.Event()
        threading.Thread(target=self._sweep, name="qsql-sweep", daemon=True).start()

    def shown(self, source: Source) -> str:
        """The shared database by its name, an upload by that of its first file."""
        return Path(source[0]).name if isinstance(source, tuple) else self._name

    def source(self, text: str, visitor: Visitor) -> Source:
        """What a visitor calls by its name. Raises Refused for all but the shared database and their uploads."""
        if text == self.first:
            return self.settings.database
        found = self.visitors.find(visitor.name, text)
        if found is None:
            raise not_yours()
        return found

    def uploaded(self, paths: Sequence[str], visitor: Visitor) -> Source:
        return self.visitors.take(visitor.name, visitor.session, paths)

    def open(self, source: Source) -> Database:
        if source != self.settings.database and not self.visitors.holds(source):
            raise Refused("This upload is no longer here.", "Upload it again.")
        return super().open(source)

    def keeps(self, source: Source) -> bool:
        return source == self.settings.database  # the others are visitors'

    def working(self, visitor: Visitor) -> AbstractContextManager[None]:
        return self.visitors.working(visitor.name)

    def masked(self, name: str) -> str:
        return self.mask(name)

    @contextmanager
    def asking(self, stop: threading.Event) -> Iterator[Model]:
        with masking(self.mask), super().asking(stop) as model:
            yield model

    def limits(self, stop: threading.Event) -> Limits:
        return Limits(min(self.settings.max_rows, MOST_ROWS), self.settings.seconds, stop, MOST_BYTES)

    def leave(self, visitor: Visitor) -> None:
        super().leave(visitor)
        self._drop(self.visitors.leave(visitor.name, visitor.session))

    def sweep(self) -> None:
        """Let go of what visitors left behind, and of what is left of uploads that broke off."""
        self._drop(self.visitors.idle())
        for file in self.coming.glob("tmp*"):
            if time.time() - file.stat().st_mtime > STRAY:
                file.unlink(missing_ok=True)

    def keep(self, source: Source, question: Question, sql: str) -> None:
        raise Refused("Answers are not kept while the app is shared.")

    def forget(self, source: Source, question: Question) -> None:
        self.keep(source, question, "")

    def close(self) -> None:
        self._ended.set()
        super().close()
        self._temporary.cleanup()

    def _open(self, source: Source) -> Database:
        with masking(self.mask):
            return MaskedDatabase(super()._open(source), self.mask)

    def _drop(self, sources: Sequence[tuple[str, ...]]) -> None:
        for source in sources:
            self.shut(source)
            self.visitors.remove(source)

    def _sweep(self) -> None:
        while not self._ended.wait(SWEEP):
            self.sweep()


class MaskedDatabase:
    """A database whose errors and name tell nothing of this machine, nor of what its role may do."""

    notices = ()

    def __init__(self, database: Database, mask: Mask) -> None:
        self._database = database
        self._mask = mask
        self.name = mask(database.name.partition(" on ")[0])
        self.dialect = database.dialect

    def __getattr__(self, name: str) -> object:
        return getattr(self._database, name)

    def schema(self) -> Schema:
        with masking(self._mask):
            return self._database.schema()

    def refresh(self) -> None:
        with masking(self._mask):
            self._database.refresh()

    def run(self, query: Query, limits: Limits = Limits()) -> Result:
        with masking(self._mask):
            return self._database.run(query, limits)

    def close(self) -> None:
        self._database.close()


class MaskedModel:
    """A model whose errors tell nothing of this machine."""

    def __init__(self, model: Model, mask: Mask) -> None:
        self._model = model
        self._mask = mask
        self.name = mask(model.name)

    @classmethod
    def of(cls, load: Callable[[], Model], mask: Mask) -> "MaskedModel":
        with masking(mask):
            return cls(load(), mask)

    def __getattr__(self, name: str) -> object:
        return getattr(self._model, name)

    def stream(self, prompt: Prompt, options: Options = Options()) -> Iterator[Piece]:
        with masking(self._mask):
            yield from self._model.stream(prompt, options)

    def fill(self, prefix: str, suffix: str, stop: tuple[str, ...] = (), options: Options = Options()) -> Iterator[Piece]:
        with masking(self._mask):
            yield from self._model.fill(prefix, suffix, stop, options)
