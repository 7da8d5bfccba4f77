"""The models that can be compared, as the two lists offer them; what a person types there is taken too. Knows no component."""

from collections.abc import Callable
from functools import cached_property

from qsql.errors import BadInput
from qsql.models import catalog, survey
from qsql.models.choose import gigabytes
from qsql.settings import Settings
from qsql.texts import Words

LONGEST = 500  # characters of a name


class Names:
    """`current` tells what the model in use is called by whoever chose it."""

    def __init__(self, settings: Settings, current: Callable[[], str]) -> None:
        self._settings, self._current = settings, current

    @property
    def in_use(self) -> str:
        return self._canonical(self._current())

    def choices(self, words: Words) -> tuple[list[tuple[str, str]], tuple[str, str | None]]:
        """Labels with names, the model in use first, then those on this disk, then those to be fetched; and the two to begin with."""
        mine = self.in_use
        others = [one for one in survey(self._settings) if one.fits and one.name != mine]
        others.sort(key=lambda one: not one.on_disk)
        keys = {True: "compare.on_disk", False: "compare.to_fetch"}
        labelled = [(words(keys[one.on_disk], name=one.name, size=gigabytes(one.bytes)), one.name) for one in others]
        return [(words("compare.current", name=mine), mine), *labelled], (mine, others[0].name if others else None)

    def two(self, first: object, second: object) -> tuple[str, str]:
        """What was chosen. Raises BadInput where that is not two models, or where it is not for visitors to choose."""
        if self._settings.shared:
            raise BadInput("Models are not compared where others are let in.", "Start the app without --share and --host.")
        names = str(first or "").strip(), str(second or "").strip()
        if not all(names) or max(map(len, names)) > LONGEST:
            raise BadInput("Two models are needed to compare.", "Choose one on each side.")
        one, other = map(self._canonical, names)
        if one == other:
            raise BadInput("Both sides are the same model.", "Choose another one on one side.")
        return one, other

    def _canonical(self, name: str) -> str:
        """What a model is called, whatever it was called by."""
        if name.strip().lower() in ("", "auto"):
            return self._automatic
        entry = catalog.find(name)
        return entry.name if entry else name.strip()

    @cached_property
    def _automatic(self) -> str:
        """Asked once: it depends on how much memory is free, which changes as soon as a model is loaded."""
        return next(one.name for one in survey(self._settings) if one.automatic)
