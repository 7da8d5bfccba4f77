"""What a reading of files left in its folder, without the app's own way of opening it."""

import tempfile
from pathlib import Path

import duckdb

from qsql.databases.files import build
from qsql.databases.reading import Reading, ReadTable


def read(*sources: Path) -> tuple[Path, Reading]:
    """Build in a new folder beside the first source; gives the folder too."""
    folder = Path(tempfile.mkdtemp(prefix="built-", dir=sources[0].parent))
    return folder, build(folder, sources)


def read_one(path: Path, content: str | bytes) -> tuple[Path, ReadTable]:
    """Write the file, and read the one table in it."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    folder, reading = read(path)
    (table,) = reading.tables
    return folder, table


def rows_of(folder: Path, table: str) -> tuple[list[str], list[tuple]]:
    """The columns' names, and all rows."""
    with duckdb.connect(str(folder / "data.duckdb"), read_only=True) as connection:
        found = connection.sql(f'FROM "{table}"')
        return found.columns, found.fetchall()


def types_of(folder: Path, table: str) -> dict[str, str]:
    with duckdb.connect(str(folder / "data.duckdb"), read_only=True) as connection:
        found = connection.sql(f'FROM "{table}"')
        return dict(zip(found.columns, map(str, found.types)))
