"""SECURITY.md tells the truth: it names what is there, and counts the attacks that are."""

import re
from pathlib import Path

import pytest

from tests import attacking

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
COUNTS = re.findall(r"^\| `(\w+)\.sql`[^|]*\| (\d+) \| (\d+) \| (\d+) \|$", TEXT, re.MULTILINE)
LEAST = {"duckdb": 60, "sqlite": 45, "postgres": 40, "mariadb": 25}


def test_every_file_of_attacks_is_in_the_table():
    assert {name for name, *_ in COUNTS} == {path.stem for path in (ROOT / "tests/attacks").glob("*.sql")}


@pytest.mark.parametrize(("name", "tried", "stopped", "biting"), COUNTS)
def test_attacks_are_counted_as_they_are(name, tried, stopped, biting):
    lines = (ROOT / f"tests/attacks/{name}.sql").read_text(encoding="utf-8").splitlines()
    cases = sum(line.startswith("-- expect: ") for line in lines)
    assert int(tried) == int(stopped) == cases >= LEAST.get(name, 0)
    assert int(biting) == lines.count("-- bites: without the lock")


def test_pages_are_counted_as_they_are():
    (tried,) = re.findall(r"^\| `pages/`[^|]*\| (\d+) \|", TEXT, re.MULTILINE)
    assert int(tried) == len(attacking.ATTACKS) >= 120


def test_the_files_that_it_names_are_there():
    named = re.findall(r"`((?:qsql|artifacts|tests)/[\w/.]+)`", TEXT)
    assert named and all((ROOT / name).exists() for name in named)
