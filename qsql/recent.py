"""The tables of a large schema that the last questions were shown.

Who asks again mostly asks about the same part of it. A question about some of these tables is shown all of them, first and in the same
order, and after them what it needs beside them: so its prompt begins like one that the model has read already.
"""

import threading
import weakref
from collections.abc import Sequence
from dataclasses import replace

from qsql.databases.base import Database
from qsql.records import Schema
from qsql.tables import about, most_of, size

KEPT = 4  # parts of one database that are asked about in turn

_lock = threading.Lock()
_shown: "weakref.WeakKeyDictionary[Database, tuple[tuple[str, ...], ...]]" = weakref.WeakKeyDictionary()


def after_the_last(database: Database, schema: Schema, chosen: Schema, context: int) -> Schema:
    """What to show where `chosen` of `schema` are needed: after those of the last questions, as far as a model with so many tokens has room."""
    needed = [table.name for table in chosen.tables]
    with _lock:
        earlier = _shown.get(database, ())
        last = max(earlier, key=lambda names: len(set(names) & set(needed)), default=())
        shown = _in_order(schema, [*last, *(name for name in needed if name not in last)])
        if not set(last) & set(needed) or size(shown) > most_of(context):
            last, shown = (), chosen
        names = tuple(table.name for table in shown.tables)
        _shown[database] = (names, *(one for one in earlier if one not in (last, names)))[:KEPT]
    return shown


def _in_order(schema: Schema, names: Sequence[str]) -> Schema:
    """These tables in this order; a table that is not there any more is left out."""
    found = {table.name: table for table in about(schema, names).tables}
    return replace(schema, tables=tuple(found[name] for name in names if name in found))
