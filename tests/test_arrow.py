import datetime
from decimal import Decimal
from uuid import UUID

import pyarrow
import pytest

from qsql.databases import arrow

UTC = datetime.UTC
EAST = datetime.timezone(datetime.timedelta(hours=8))
NUMBER = UUID(int=7)

COLUMNS = [
    ([1, None, 2**62], "int64", [1, None, 2**62]),
    ([1, 2**63], "string", ["1", str(2**63)]),
    ([1, 2.5, None], "double", [1.0, 2.5, None]),
    ([2**53 + 1, 0.5], "string", [str(2**53 + 1), "0.5"]),
    ([True, None, False], "bool", [True, None, False]),
    ([True, 1], "string", ["True", "1"]),
    (["a", "北京", None], "string", ["a", "北京", None]),
    (["a", 1, b"\x00\xff"], "string", ["a", "1", "00ff"]),
    ([b"\x00", None], "binary", [b"\x00", None]),
    ([memoryview(b"ab"), bytearray(b"c")], "binary", [b"ab", b"c"]),
    ([None, None], "null", [None, None]),
    ([], "null", []),
    ([Decimal("1.50"), None, Decimal("22")], "decimal128(4, 2)", [Decimal("1.50"), None, Decimal("22.00")]),
    ([Decimal("1.5"), 3], "decimal128(2, 1)", [Decimal("1.5"), Decimal("3.0")]),
    ([Decimal("NaN"), Decimal(1)], "string", ["NaN", "1"]),
    ([Decimal("1e100"), Decimal("1e-100")], "string", ["1E+100", "1E-100"]),
    ([datetime.date(2024, 1, 2)], "date32[day]", [datetime.date(2024, 1, 2)]),
    ([datetime.time(5, 15)], "time64[us]", [datetime.time(5, 15)]),
    ([datetime.timedelta(days=1)], "duration[us]", [datetime.timedelta(days=1)]),
    ([datetime.datetime(2024, 1, 2), None], "timestamp[us]", [datetime.datetime(2024, 1, 2), None]),
    ([datetime.datetime(2024, 1, 2, 8, tzinfo=EAST)], "timestamp[us, tz=UTC]", [datetime.datetime(2024, 1, 2, tzinfo=UTC)]),
    ([datetime.datetime(2024, 1, 2), datetime.date(2024, 1, 3)], "string", ["2024-01-02 00:00:00", "2024-01-03"]),
    (
        [datetime.datetime(2024, 1, 2), datetime.datetime(2024, 1, 2, tzinfo=UTC)],
        "string",
        ["2024-01-02 00:00:00", "2024-01-02 00:00:00+00:00"],
    ),
    ([[1, "北"], {"a": None}], "string", ['[1, "北"]', '{"a": null}']),
    ([NUMBER], "string", [str(NUMBER)]),
]


@pytest.mark.parametrize(("values", "kind", "expected"), COLUMNS, ids=[f"{number}-{kind}" for number, (_, kind, _) in enumerate(COLUMNS)])
def test_a_column_takes_the_type_that_its_values_share(values, kind, expected):
    column = arrow.table(["a"], [(value,) for value in values]).column(0)
    assert (str(column.type), column.to_pylist()) == (kind, expected)


def test_no_rows_keep_their_names_and_two_of_one_name_both_stay():
    assert arrow.table(["a", "a", ""], []).column_names == ["a", "a", ""]


def test_wide_integers_that_fit_become_integers():
    kind = pyarrow.decimal128(38, 0)
    wide = pyarrow.table({"fits": pyarrow.array([Decimal(3), None], kind), "not": pyarrow.array([Decimal(2**70), None], kind)})
    rows = arrow.integers(wide)
    assert (rows.schema.field("fits").type, rows["fits"].to_pylist()) == (pyarrow.int64(), [3, None])
    assert rows["not"].to_pylist() == [Decimal(2**70), None]
