"""What a program reaches: the databases that the person named, and a model that is loaded when a question first wants it."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from qsql.databases import Progress, open_database, shown
from qsql.databases.base import Database, Limits
from qsql.errors import BadInput, ModelMissing
from qsql.models import load_model
from qsql.models.base import Model
from qsql.settings import Settings
from qsql.show import distinct
from qsql.ui.workspace import Source, Visitor, Workspace

PROGRAM = Visitor("", "")  # there is but one
SAMPLE = "sample"
MOST_BYTES = 1_000_000  # of rows that go to a program at once


class LateModel:
    """A model that is loaded when it is first called; `ready` is then told its name."""

    def __init__(self, load: Callable[[], Model]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._model: Model | None = None
        self.ready: Callable[[str], None] = lambda name: None

    def __call__(self) -> Model:
        with self._lock:
            if self._model is None:
                self._model = self._load()
                self.ready(self._model.name)
            return self._model

    def aside(self) -> Model:
        """For reading ahead, which loads nothing. Raises ModelMissing."""
        if self._model is None:
            raise ModelMissing("No model is loaded yet.")
        return self._model

    def close(self) -> None:
        if self._model is not None:
            self._model.close()


class NamedWorkspace(Workspace):
    """Opens what stands in `names`, and nothing else; the first is meant where none is named. `said` tells what is waited for."""

    def __init__(self, settings: Settings, sources: Sequence[str]) -> None:
        super().__init__(settings, LateModel(self._load))
        sources = list(dict.fromkeys([*sources, SAMPLE]))
        self.names: dict[str, str] = dict(zip(distinct([_name(source) for source in sources]), sources))
        self.said = ""

    def source(self, text: str, visitor: Visitor = PROGRAM) -> Source:
        """What goes by this name. Raises BadInput for any other."""
        name = text.strip() or next(iter(self.names))
        if name not in self.names:
            raise BadInput(f"There is no database {text!r} here.", f"There are: {', '.join(self.names)}.")
        return self.names[name]

    def limits(self, stop: Event) -> Limits:
        return Limits(self.settings.max_rows, self.settings.seconds, stop, MOST_BYTES)

    def close(self) -> None:
        super().close()
        self.holder.close()

    def _in_use(self, name: str) -> None:
        self.warmer.again()

    def _open(self, source: Source) -> Database:
        with self._saying(f"Opening {_name(source)}") as tell:
            return open_database(source, self.settings, tell)

    def _load(self) -> Model:
        with self._saying("Loading the model") as tell:
            return load_model(self.settings.model, self.settings, tell)

    @contextmanager
    def _saying(self, text: str) -> Iterator[Progress]:
        def tell(done: int, total: int, label: str) -> None:
            self.said = f"{label}: {done / total:.0%}" if total else label

        self.said = text
        try:
            yield tell
        finally:
            self.said = ""


def _name(source: str) -> str:
    """Of a path its last part; of an address its database, else its host. Raises CannotOpen for one that cannot be read."""
    if "://" not in source:
        return Path(source).name or source
    return shown(source).partition("?")[0].rstrip("/").rpartition("/")[2].rpartition("@")[2]
