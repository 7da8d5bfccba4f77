from qsql.databases.ddl import create_table
from qsql.records import Column, ForeignKey


def written(name):
    return name if name.isidentifier() else f'"{name}"'


def test_writes_one_column_a_line_and_a_single_key_beside_its_column():
    assert create_table("singer", [Column("id", "INTEGER"), Column("stage name", "VARCHAR")], ["id"], [], written) == (
        'CREATE TABLE singer (\n    id INTEGER PRIMARY KEY,\n    "stage name" VARCHAR\n)'
    )


def test_writes_keys_of_several_columns_and_keys_that_point_elsewhere():
    columns = [Column("origin", "VARCHAR"), Column("at", "TIMESTAMP")]
    keys = [ForeignKey(("origin",), "airports", ("faa",))]
    assert create_table("weather", columns, ["origin", "at"], keys, written) == (
        "CREATE TABLE weather (\n"
        "    origin VARCHAR,\n"
        "    at TIMESTAMP,\n"
        "    PRIMARY KEY (origin, at),\n"
        "    FOREIGN KEY (origin) REFERENCES airports (faa)\n)"
    )
