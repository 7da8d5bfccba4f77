"""The tables of a real MariaDB as its information_schema tells them: what SQLAlchemy's inspector says too, and what it gets wrong."""

from contextlib import closing, contextmanager

import pytest
import sqlalchemy
from sqlalchemy.pool import NullPool

from qsql.databases import sqlalchemy as servers
from qsql.records import ForeignKey
from tests import mariadb, shop
from tests.postgres import PASSWORD, free_port

PLAIN = r"""
CREATE DATABASE odd CHARACTER SET utf8mb4;
CREATE DATABASE Odd CHARACTER SET utf8mb4;
CREATE TABLE Odd.twin (id INT PRIMARY KEY);
CREATE TABLE odd.numbers (
    id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, a INT, b INT(5) UNSIGNED ZEROFILL, c TINYINT(1), d DECIMAL(12,2), e DECIMAL(5) UNSIGNED,
    f FLOAT, g FLOAT(7,4), h DOUBLE, i DOUBLE(8,2) UNSIGNED, j BOOLEAN NOT NULL, k BIT(8), l YEAR, m MEDIUMINT
);
CREATE TABLE odd.texts (
    a CHAR(3), b VARCHAR(40) NOT NULL DEFAULT 'it''s', c VARCHAR(10) CHARACTER SET latin1, d VARCHAR(10) COLLATE utf8mb4_bin, e BINARY(16),
    f TINYTEXT, g LONGTEXT, h BLOB COMPRESSED, i ENUM('a', 'it''s', 'c,d', '(x)') NOT NULL, j SET('x', 'y z'), k JSON, l UUID
);
CREATE TABLE odd.times (a DATE, b TIME(3), c DATETIME(6) NOT NULL, d TIMESTAMP NULL, e TIMESTAMP DEFAULT current_timestamp());
CREATE TABLE odd.made (
    a INT NOT NULL COMMENT 'one ''quoted'' "and" \\ back', b INT AS (a + 1) VIRTUAL, c VARCHAR(20) AS (concat('x ', a)) STORED COMMENT 'made',
    h INT INVISIBLE, `order day` DATE, `per%cent` INT, `quo"te` INT, `单价` INT
) COMMENT 'it''s 100% "odd" `yes`';
CREATE TABLE odd.`Mixed Case` (y INT, x INT, z INT, PRIMARY KEY (x, y), UNIQUE (z, x));
CREATE TABLE odd.keyed (
    a INT, b INT, c INT, UNIQUE (c), FOREIGN KEY (b, a) REFERENCES `Mixed Case` (x, y), CONSTRAINT zeta FOREIGN KEY (c) REFERENCES keyed (c),
    CONSTRAINT Alpha FOREIGN KEY (a) REFERENCES Odd.twin (id)
);
CREATE TABLE odd.parts (id INT, d DATE, PRIMARY KEY (id, d)) PARTITION BY HASH (id) PARTITIONS 3;
CREATE TABLE odd.Fact (id INT);
CREATE TABLE odd.fact (id INT NOT NULL);
CREATE TABLE odd.odd (odd INT) ENGINE = MyISAM;
CREATE SEQUENCE odd.counter;
CREATE VIEW odd.plain AS SELECT a, c FROM odd.made WHERE c <> 'x `odd`.y AS z';
CREATE VIEW odd.`100%` AS SELECT m.a AS odd, count(*) AS n FROM odd.made m JOIN odd.keyed k ON k.a = m.a GROUP BY m.a;
CREATE VIEW odd.with_it AS WITH t AS (SELECT a FROM odd.made) SELECT * FROM t;
CREATE VIEW odd.same AS SELECT odd FROM odd.odd;
CREATE TABLE odd.gone (id INT);
CREATE VIEW odd.broken AS SELECT id FROM odd.gone;
DROP TABLE odd.gone;
"""
WORSE = r"""
CREATE DATABASE `back``tick`;
CREATE TABLE `back``tick`.far (a INT, b INT, PRIMARY KEY (b, a));
CREATE TABLE odd.`tick``ed 100%` (id INT PRIMARY KEY, `col``umn` INT, kind ENUM('100%', 'g\\h'), place POINT NOT NULL);
CREATE TABLE odd.worse (
    a INT, b INT, FOREIGN KEY (a, b) REFERENCES `back``tick`.far (b, a), FOREIGN KEY (a) REFERENCES `tick``ed 100%` (id)
);
CREATE TABLE odd.versions (id INT) WITH SYSTEM VERSIONING;
CREATE VIEW odd.afar AS SELECT f.a, o.odd FROM `back``tick`.far f JOIN odd.odd o ON o.odd = f.a;
"""
ROLES = """
CREATE USER reader IDENTIFIED BY 'x';
GRANT SELECT ON odd.* TO reader;
CREATE USER part IDENTIFIED BY 'x';
GRANT SELECT (a, c) ON odd.made TO part;
GRANT SELECT ON odd.plain TO part;
GRANT INSERT ON odd.fact TO part;
INSERT INTO odd.made (a, h) VALUES (7, 8);
"""


def make(address, script):
    with shop.mariadb_cursor(address) as cursor:
        for statement in script.strip().removesuffix(";").split(";\n"):
            cursor.execute(statement)


@pytest.fixture(scope="module")
def root():
    """The address of a server with odd tables, for its superuser."""
    with mariadb.server() as where:
        address = f"mariadb://root:{PASSWORD}@{where}/"
        make(address, PLAIN + WORSE + ROLES)
        yield address


def tables(address):
    with closing(servers.open(address)) as database:
        return {table.name: table for table in database.schema().tables}


@contextmanager
def inspected(address):
    engine = sqlalchemy.create_engine(address.replace("mariadb:", "mariadb+pymysql:"), poolclass=NullPool)
    with engine.connect() as connection:
        yield sqlalchemy.inspect(connection)


def as_created(inspector, name):
    """The SELECT of a view as the server's own CREATE VIEW has it."""
    return inspector.get_view_definition(name).partition(" VIEW ")[2].partition(" AS ")[2]


def test_they_are_what_the_inspector_says_of_each_table(root):
    told = tables(root + "odd")
    with inspected(root + "odd") as inspector:
        listed = [name for name in inspector.get_table_names() if "`" not in name and name != "worse"]
        assert len(listed) == 11
        for name in listed:
            table = told[inspector.dialect.identifier_preparer.quote(name)]
            found = [
                (column["name"], column["type"].compile(dialect=inspector.dialect), column["nullable"], column["comment"] or "")
                for column in inspector.get_columns(name)
            ]
            assert [(column.name, column.type, column.nullable, column.comment) for column in table.columns] == found
            assert list(table.primary_key) == inspector.get_pk_constraint(name)["constrained_columns"]
            assert table.comment == (inspector.get_table_comment(name)["text"] or "")
            assert [(list(key.columns), list(key.to_columns)) for key in table.foreign_keys] == [
                (key["constrained_columns"], key["referred_columns"]) for key in inspector.get_foreign_keys(name)
            ]


def test_they_are_what_the_inspector_says_of_each_view(root):
    told = tables(root + "odd")
    with inspected(root + "odd") as inspector:
        for name in ("plain", "100%", "with_it", "same"):
            table = told[inspector.dialect.identifier_preparer.quote(name).replace("%%", "%")]
            found = [(column["name"], column["type"].compile(dialect=inspector.dialect)) for column in inspector.get_columns(name)]
            assert [(column.name, column.type) for column in table.columns] == found
            assert table.ddl == f"CREATE VIEW {table.name} AS {as_created(inspector, name)}" and table.comment == ""


def test_tables_come_first_and_what_is_neither_table_nor_view_or_is_broken_is_left_out(root):
    told = list(tables(root + "odd"))
    views = ["`100%`", "afar", "plain", "same", "with_it"]
    assert told[-5:] == views and told[:3] == ["`Fact`", "`Mixed Case`", "fact"]
    assert not {"counter", "broken"} & set(told)


def test_what_the_inspector_gets_wrong_is_right(root):
    told = tables(root + "odd")
    ticked = told["`tick``ed 100%`"]
    assert [(column.name, column.type) for column in ticked.columns[1:]] == [
        ("col`umn", "INTEGER(11)"),
        ("kind", r"ENUM('100%','g\\h')"),
        ("place", "POINT"),
    ]
    assert "`col``umn` INTEGER(11)" in ticked.ddl and "`per%cent` INTEGER(11)" in told["made"].ddl
    assert set(told["worse"].foreign_keys) == {
        ForeignKey(("a", "b"), "`back``tick`.far", ("b", "a")),
        ForeignKey(("a",), "`tick``ed 100%`", ("id",)),
    }
    assert "versions" in told and told["afar"].ddl.endswith("from (`back``tick`.`far` `f` join `odd` `o` on(`o`.`odd` = `f`.`a`))")


def test_keys_come_in_order_and_lead_to_other_databases(root):
    assert tables(root + "odd")["keyed"].foreign_keys == (
        ForeignKey(("a",), "`Odd`.twin", ("id",)),
        ForeignKey(("b", "a"), "`Mixed Case`", ("x", "y")),
        ForeignKey(("c",), "keyed", ("c",)),
    )


def test_where_the_address_names_no_database_each_table_is_named_with_its_own(root):
    told = tables(root)
    assert list(told)[:2] == ["`Odd`.twin", "`back``tick`.far"] and "odd.`Mixed Case`" in told
    assert told["odd.keyed"].foreign_keys[1:] == (
        ForeignKey(("b", "a"), "odd.`Mixed Case`", ("x", "y")),
        ForeignKey(("c",), "odd.keyed", ("c",)),
    )
    assert told["odd.same"].ddl == "CREATE VIEW odd.same AS select `odd`.`odd`.`odd` AS `odd` from `odd`.`odd`"


def test_first_rows_are_those_of_the_columns_also_of_hidden_ones(root):
    [row] = tables(root + "odd")["made"].rows
    assert row[:4] == (7, 8, "x 7", 8)


def test_a_role_that_may_not_see_how_views_are_made_sees_what_they_have(root):
    told = tables(root.replace(f"root:{PASSWORD}", "reader:x") + "odd")
    assert len(told["keyed"].foreign_keys) == 3 and told["`Mixed Case`"].primary_key == ("x", "y")
    assert told["plain"].ddl.startswith("CREATE TABLE plain (\n    a INTEGER(11),")


@pytest.mark.parametrize("seconds", [2.0, -1.0])  # with first rows, and without
def test_a_role_is_shown_the_columns_that_it_may_read(root, seconds, monkeypatch):
    monkeypatch.setattr(servers, "ALL_FIRST_ROWS", seconds)
    told = tables(root.replace(f"root:{PASSWORD}", "part:x") + "odd")
    assert {name: [column.name for column in table.columns] for name, table in told.items()} == {"made": ["a", "c"], "plain": ["a", "c"]}
    assert told["made"].rows == (((7, "x 7"),) if seconds > 0 else ())


def test_a_server_whose_names_have_no_case_is_opened_by_any(tmp_path):
    with mariadb.prepared() as folder, mariadb.running(folder, free_port(), "--lower-case-table-names=1") as where:
        address = f"mariadb://root:{PASSWORD}@{where}/"
        make(address, "CREATE DATABASE Shop;\nCREATE TABLE Shop.A (id INT PRIMARY KEY, up INT, FOREIGN KEY (up) REFERENCES a (ID))")
        [table] = tables(address + "SHOP").values()
    assert table.name == "a" and table.foreign_keys == (ForeignKey(("up",), "a", ("id",)),)
