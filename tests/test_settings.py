from pathlib import Path

import pytest

from qsql.errors import BadInput
from qsql.settings import Settings


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch):
    for name in Settings.__dataclass_fields__:
        monkeypatch.delenv(f"QSQL_{name.upper()}", raising=False)


def test_without_flags_or_environment_the_defaults_hold():
    assert Settings.load() == Settings()
    assert Settings.load(model=None).model == "auto"


def test_the_environment_wins_over_the_defaults(monkeypatch):
    monkeypatch.setenv("QSQL_MAX_ROWS", "5")
    monkeypatch.setenv("QSQL_SECONDS", "2.5")
    monkeypatch.setenv("QSQL_CACHE", "~/models")
    monkeypatch.setenv("QSQL_DATA", "~/kept")
    settings = Settings.load()
    assert (settings.max_rows, settings.seconds) == (5, 2.5)
    assert (settings.cache, settings.data) == (Path("~/models").expanduser(), Path("~/kept").expanduser())


def test_a_flag_wins_over_the_environment(monkeypatch):
    monkeypatch.setenv("QSQL_MODEL", "echo")
    assert Settings.load(model="1.5b").model == "1.5b"


def test_an_empty_variable_counts_as_not_set(monkeypatch):
    monkeypatch.setenv("QSQL_PORT", "")
    assert Settings.load().port == 7860


@pytest.mark.parametrize("name, value", [("QSQL_PORT", "many"), ("QSQL_PORT", "0"), ("QSQL_MAX_ROWS", "-1"), ("QSQL_SECONDS", "soon")])
def test_a_value_of_the_wrong_kind_is_a_sentence(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(BadInput) as wrong:
        Settings.load()
    assert repr(value) in str(wrong.value) and name.removeprefix("QSQL_").lower() in str(wrong.value)
