"""Where pages are kept, and what an address leads to: one's own in one file, those of visitors in a file each.

Knows nothing of requests or log-ins: whoever calls says which visitor is meant.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from artifacts.gallery import Artifact, Gallery
from artifacts.gallery.records import Gone
from artifacts.records import Page
from qsql.errors import BadInput


class Own:
    """Everything in one file, which is the person's; an address leads to every page."""

    def __init__(self, path: Path) -> None:
        self._gallery = Gallery(path)

    def of(self, visitor: str) -> Gallery:
        return self._gallery

    def find(self, secret: str, headers: Mapping[str, str]) -> Page | None:
        """The page with this key as it is now; None for none. Raises BadInput where the file cannot be read."""
        try:
            return _page(self._gallery, self._gallery.by_key(secret))
        except Gone:
            return None


class Visitors:
    """A file for each visitor in `folder`, which goes with the app; an address leads only to what one of them shares."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, visitor: str) -> Gallery:
        return Gallery(self._folder / f"{hashlib.sha256(visitor.encode()).hexdigest()}.sqlite")

    def find(self, secret: str, headers: Mapping[str, str]) -> Page | None:
        """The page with this link as it is now; None for none, or where the link was taken back."""
        for file in sorted(self._folder.glob("*.sqlite")):
            gallery = Gallery(file)
            try:
                return _page(gallery, gallery.by_link(secret))
            except BadInput:  # it is another's, or this file cannot be read, which is no reason for the others
                continue
        return None


def _page(gallery: Gallery, artifact: Artifact) -> Page:
    return gallery.version(artifact.id, artifact.current).page
