"""A model that is loaded once, in the background, while a person still looks around."""

from collections.abc import Callable

from qsql.models.base import Model
from qsql.models.holder import ModelHolder


class LazyModel(ModelHolder):
    """A holder of the one model that `load` gives, whatever it is called."""

    def __init__(self, load: Callable[[], Model], name: str = "") -> None:
        super().__init__(lambda name, progress: load, name)
