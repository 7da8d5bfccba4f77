"""Settings that last: the file, what wins over it, and the panel with a theme and a language that stay."""

import json
import os
import threading

import pytest

from qsql import preferences
from qsql.errors import BadInput
from qsql.preferences import FILE, Kept, Preferences, Saved
from qsql.settings import Settings

DEFAULTS = Preferences()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / FILE


def test_the_first_values_are_those_of_the_settings():
    settings = Settings()
    assert (settings.model, settings.effort) == (DEFAULTS.model, DEFAULTS.effort)
    assert (settings.max_rows, settings.seconds) == (DEFAULTS.max_rows, DEFAULTS.seconds)


def test_what_is_changed_holds_at_once_and_in_the_next_run_and_nothing_else_is_kept(path):
    kept = Kept(path, Preferences(max_rows=5))
    assert kept.change(effort="high") == kept.now == Preferences(effort="high", max_rows=5)
    kept.change(seconds=7, model=" 0.5b ")
    assert preferences.read(path) == Saved({"effort": "high", "seconds": 7.0, "model": "0.5b"})
    assert [file.name for file in path.parent.iterdir()] == [FILE]


@pytest.mark.parametrize(
    "values",
    [
        {"effort": "huge"},
        {"effort": ["low"]},
        {"max_rows": 0},
        {"max_rows": 1.5},
        {"max_rows": "many"},
        {"max_rows": True},
        {"max_rows": preferences.MOST_ROWS + 1},
        {"seconds": float("nan")},
        {"seconds": float("inf")},
        {"seconds": None},
        {"language": "tlh"},
        {"theme": "<b>"},
        {"model": " "},
        {"model": "x" * 501},
        {"port": 80},
        {"effort": "low", "theme": "pink"},
    ],
    ids=str,
)
def test_a_wrong_value_is_a_sentence_and_changes_nothing(path, values):
    kept = Kept(path, DEFAULTS)
    with pytest.raises(BadInput) as wrong:
        kept.change(**values)
    assert wrong.value.hint and kept.now == DEFAULTS and not path.exists()


def test_what_the_file_has_of_no_use_is_said_passed_over_and_stays(path):
    path.parent.mkdir()
    path.write_text(json.dumps({"effort": "low", "max_rows": "many", "later": [1]}), encoding="utf-8")
    saved = preferences.read(path)
    assert saved.values == {"effort": "low"}
    assert [notice.partition(". ")[2].partition(".")[0] for notice in saved.notices] == [
        "'many' is not a value for max_rows",
        "There is no setting 'later'",
    ]
    Kept(path, DEFAULTS).change(theme="dark")
    assert json.loads(path.read_text("utf-8")) == {"effort": "low", "max_rows": "many", "later": [1], "theme": "dark"}


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b'{"effort": '], ids=repr)
def test_a_file_that_is_broken_counts_for_nothing_and_is_said(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    saved = preferences.read(path)
    assert not saved.values and "cannot be read" in saved.notices[0]
    Kept(path, DEFAULTS).change(effort="low")
    assert preferences.read(path) == Saved({"effort": "low"})


def test_without_a_file_there_is_nothing_to_say(path):
    assert preferences.read(path) == Saved()


def test_where_it_cannot_be_kept_it_holds_and_is_said(tmp_path):
    (tmp_path / "data").write_text("a file in the way")
    kept = Kept(tmp_path / "data" / FILE, DEFAULTS)
    with pytest.raises(BadInput, match="only until the app ends"):
        kept.change(effort="low")
    assert kept.now.effort == "low"


def test_a_write_that_breaks_off_leaves_the_old_file(path, monkeypatch):
    kept = Kept(path, DEFAULTS)
    kept.change(effort="low")
    monkeypatch.setattr(os, "replace", lambda *paths: (_ for _ in ()).throw(OSError("no room")))
    with pytest.raises(BadInput):
        kept.change(effort="high")
    assert preferences.read(path) == Saved({"effort": "low"}) and len(list(path.parent.iterdir())) == 1


def test_many_threads_lose_nothing(path):
    kept = Kept(path, DEFAULTS)
    changes = [{"effort": "low"}, {"max_rows": 7}, {"seconds": 3.0}, {"language": "zh"}, {"theme": "dark"}, {"model": "echo"}]
    threads = [threading.Thread(target=kept.change, kwargs=change) for change in changes * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept.now == Preferences("echo", "low", 7, 3.0, "zh", "dark") == Preferences(**preferences.read(path).values)


def test_a_flag_wins_over_the_environment_that_over_what_is_saved_and_that_over_the_default(tmp_path, monkeypatch):
    for name in Settings.__dataclass_fields__:
        monkeypatch.delenv(f"QSQL_{name.upper()}", raising=False)
    Kept(tmp_path / FILE, DEFAULTS).change(model="echo", effort="low", max_rows=7, theme="dark")
    monkeypatch.setenv("QSQL_EFFORT", "high")
    monkeypatch.setenv("QSQL_MAX_ROWS", "8")
    settings = Settings.load_saved(data=str(tmp_path), max_rows=9, model=None)
    assert (settings.model, settings.effort, settings.max_rows, settings.seconds) == ("echo", "high", 9, 30.0)
    assert settings.kept().now == Preferences("echo", "high", 9, theme="dark")
    assert Settings.load(data=str(tmp_path)).model == "auto"


def test_in_the_share_mode_nothing_is_written(tmp_path):
    kept = Settings.load(data=tmp_path, share=True).kept()
    kept.change(effort="low")
    assert kept.now.effort == "low" and list(tmp_path.iterdir()) == []
