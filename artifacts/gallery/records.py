"""The nouns of the gallery, and how each is read from its row in the file."""

from dataclasses import dataclass
from datetime import datetime

from artifacts.gallery.packing import sound, unpack
from artifacts.records import Page
from qsql.errors import BadInput

VERSION = "versions.id, artifact, number, model, made, name, errors, page"
ARTIFACT = """SELECT id, key, coalesce(nullif(name, ''), (SELECT title FROM versions WHERE artifact = artifacts.id AND number = shown), ''),
    made, changed, (SELECT count(*) FROM versions WHERE artifact = artifacts.id), shown, picture, link FROM artifacts"""


@dataclass(frozen=True)
class Version:
    """One page that was made. `number` counts from 1 within its artifact, `made` is in UTC, `name` is what a person called it, or empty.

    `errors` is how many the page reported when it ran, None where it has not run. In `Gallery.versions` the page has no rows
    (its `data` is None).
    """

    id: int
    artifact: int
    number: int
    page: Page
    model: str
    made: datetime
    name: str
    errors: int | None


@dataclass(frozen=True)
class Artifact:
    """A page with all its versions, as a list needs it; `current` is the number of the one that is shown.

    `key` finds it in an address and cannot be guessed. `name` is the person's, else the current title. `picture` is a `data:` URL of a
    PNG, JPEG or WebP, or empty; `link` the secret by which others may open it, empty where it is not shared.
    """

    id: int
    key: str
    name: str
    made: datetime
    changed: datetime
    versions: int
    current: int
    picture: str
    link: str


@dataclass(frozen=True)
class Deleted:
    """An artifact, its versions and their rows as they stood in the file, for `Gallery.restore_deleted`."""

    artifact: tuple
    versions: tuple[tuple, ...]
    rows: tuple[tuple, ...]


def version_of(row: tuple) -> Version:
    """From the values of VERSION, and of the rows' cells where they were read."""
    number, artifact, place, model, made, name, errors, page, *cells = row
    with sound():
        return Version(number, artifact, place, unpack(page, *cells), model, datetime.fromisoformat(made), name, errors)


def artifact_of(row: tuple) -> Artifact:
    """From the values of ARTIFACT."""
    number, key, name, made, changed, *more = row
    with sound():
        return Artifact(number, key, name, datetime.fromisoformat(made), datetime.fromisoformat(changed), *more)


class Gone(BadInput):
    """It is not there, or no longer; told apart from a file that cannot be read."""


def gone() -> Gone:
    return Gone("This page is no longer there.", "Choose another one, or ask for it again.")


def version_gone() -> Gone:
    return Gone("This version of the page is no longer there.", "Choose another version.")


def not_shared() -> Gone:
    return Gone("No page is shared by this link.", "Ask whoever sent it for a new one.")
