"""Foreign keys that a database does not declare: inferred where names and values agree, or where a column's comment says so.

Pure: how values are read is handed in (see qsql.values.Distinct).
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from qsql.records import Column, ForeignKey, Schema, Table
from qsql.values import Distinct

MOST_TABLES = 150  # each is compared with each: in larger databases nothing is inferred
VALUES = 2000  # distinct ones of a column that are compared
AGREE = 0.75  # how many of the column's values have to be among the key's
SAID = re.compile(r"\b(?:refers? to|references)\s+([\w.]+)\.(\w+)", re.IGNORECASE)


def infer(schema: Schema, distinct: Distinct) -> Schema:
    """The schema with what was inferred added to its tables' foreign keys, each marked `inferred`."""
    if len(schema.tables) > MOST_TABLES:
        return schema
    return replace(schema, tables=tuple(_linked(table, schema, distinct) for table in schema.tables))


def _linked(table: Table, schema: Schema, distinct: Distinct) -> Table:
    declared = {name for key in table.foreign_keys for name in key.columns}
    found = []
    for column in table.columns:
        if column.name in declared:
            continue
        for target, key in _candidates(table, column, schema):
            if _said(column, target, key) or _agree((table, column), (target, key), distinct):
                found.append(ForeignKey((column.name,), target.name, (key.name,), inferred=True))
                break
    found += [key for target in schema.tables if target is not table and (key := _together(table, target, distinct))]
    return replace(table, foreign_keys=(*table.foreign_keys, *found)) if found else table


def _together(table: Table, target: Table, distinct: Distinct) -> ForeignKey | None:
    """A key of several columns, all of which this table has under the same names."""
    own = {column.name.lower(): column for column in table.columns}
    keys = [column for name in target.primary_key for column in target.columns if column.name == name]
    pairs = [(own[key.name.lower()], key) for key in keys if key.name.lower() in own]
    if len(keys) < 2 or len(pairs) < len(keys) or set(table.primary_key) == set(target.primary_key):
        return None
    if any(_kind(here) != _kind(there) for here, there in pairs) or not all(
        _agree((table, here), (target, there), distinct) for here, there in pairs
    ):
        return None
    return ForeignKey(tuple(here.name for here, _ in pairs), target.name, target.primary_key, inferred=True)


def _candidates(table: Table, column: Column, schema: Schema) -> Iterator[tuple[Table, Column]]:
    """Keys of other tables that this column may mean, by its comment, its name, or its name and the table's."""
    for target in schema.tables:
        for key in target.columns if target is not table else ():
            alone = target.primary_key == (key.name,)
            if _said(column, target, key) or (alone and table.primary_key != (column.name,) and _named(column, target, key)):
                yield target, key


def _said(column: Column, target: Table, key: Column) -> bool:
    found = SAID.search(column.comment)
    return bool(found and found[1].lower() == target.name.lower() and found[2].lower() == key.name.lower())


def _named(column: Column, target: Table, key: Column) -> bool:
    name, own, bare = _flat(column.name), _flat(key.name), _flat(target.name.rpartition(".")[2])
    if _kind(column) != _kind(key):
        return False
    return (name == own and name not in ("id", "key", "code", "name")) or name in (bare + own, bare.removesuffix("s") + own)


def _agree(one: tuple[Table, Column], other: tuple[Table, Column], distinct: Distinct) -> bool:
    values, keys = (distinct(*place, VALUES) for place in (one, other))
    if not values or not keys:
        return False
    known = set(keys)
    if len(keys) == VALUES:
        return True  # too many to compare; the names agree
    return sum(value in known for value in values) >= AGREE * len(values)


def _kind(column: Column) -> str:
    return "number" if re.search("INT|NUM|DEC|REAL|DOUBLE|FLOAT", column.type.upper()) else "text"


def _flat(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.lower())
