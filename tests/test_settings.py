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


@pytest.mark.parametrize(
    "flags, shared",
    [
        ({}, False),
        ({"host": "127.0.0.1"}, False),
        ({"host": "localhost"}, False),
        ({"host": "127.0.0.2"}, False),
        ({"host": "::1"}, False),
        ({"host": "0.0.0.0"}, True),
        ({"host": "::"}, True),
        ({"host": "192.168.1.20"}, True),
        ({"host": "my-machine"}, True),
        ({"host": "localhost.evil.example"}, True),
        ({"share": True}, True),
        ({"share": False}, False),
        ({"share": "no"}, False),
        ({"share": "ON"}, True),
    ],
)
def test_it_is_shared_where_others_can_reach_it(flags, shared):
    assert Settings.load(**flags).shared is shared


def test_a_switch_that_is_neither_on_nor_off_is_a_sentence(monkeypatch):
    monkeypatch.setenv("QSQL_SHARE", "maybe")
    with pytest.raises(BadInput, match="'maybe' is not a value for share"):
        Settings.load()


def test_a_password_is_long_enough_and_never_shown(monkeypatch):
    monkeypatch.setenv("QSQL_PASSWORD", "correct horse")
    settings = Settings.load(api_key="sk-secret")
    assert settings.password == "correct horse"
    assert "horse" not in repr(settings) and "sk-secret" not in repr(settings)
    with pytest.raises(BadInput) as short:
        Settings.load(password="seven77")
    assert "too short" in str(short.value) and "seven77" not in str(short.value)
