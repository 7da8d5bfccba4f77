"""A model that is loaded once, in the background, while a person still looks around."""

import threading
from collections.abc import Callable

from qsql.errors import QsqlError
from qsql.models.base import Model


class LazyModel:
    """Call it to get the model: waits while it is being loaded, and tries again where loading failed the last time.

    Raises what loading raises.
    """

    def __init__(self, load: Callable[[], Model]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._model: Model | None = None
        threading.Thread(target=self._ahead, name="qsql-load", daemon=True).start()

    def __call__(self) -> Model:
        with self._lock:
            if self._model is None:
                self._model = self._load()
            return self._model

    def close(self) -> None:
        with self._lock:
            if self._model is not None:
                self._model.close()
            self._model = None

    def _ahead(self) -> None:
        try:
            self()
        except QsqlError:
            pass  # whoever asks gets it again, as a sentence on the screen
