"""The command line as a person meets it: a process, its output, its exit status."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.openai_server import Says, scripted_server

ROOT = Path(__file__).parent.parent


def app(*arguments: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "app.py", *arguments], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=120, **options
    )


@pytest.fixture(scope="module")
def cities(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "cities.csv"
    path.write_text("name,population\n北京,21893095\nOslo,709037\n", encoding="utf-8")
    return str(path)


def test_prints_the_sql_and_the_rows(cities):
    done = app("ask", "All cities", "--database", cities, "--model", "echo")
    assert done.returncode == 0, done.stderr
    assert "SELECT * FROM cities LIMIT 3" in done.stdout
    assert "北京" in done.stdout and "709037" in done.stdout and "2 rows." in done.stdout


def test_prints_json_that_a_program_can_read(cities):
    done = app("ask", "All cities", "--database", cities, "--model", "echo", "--format", "json", "--max-rows", "1")
    said = json.loads(done.stdout)
    assert said["columns"] == ["name", "population"] and said["rows"] == [["北京", 21893095]]
    assert said["truncated"] is True and said["model"] == "echo" and said["database"] == "cities.csv"
    assert set(said) == {
        "question",
        "database",
        "model",
        "sql",
        "columns",
        "rows",
        "truncated",
        "attempts",
        "vote",
        "notices",
        "seconds",
        "error",
    }


def test_prints_csv(cities):
    done = app("ask", "All cities", "--database", cities, "--model", "echo", "--format", "csv")
    assert list(csv.reader(io.StringIO(done.stdout))) == [["name", "population"], ["北京", "21893095"], ["Oslo", "709037"]]


NO_ANSWER = [
    (["ask", ""], "question is empty"),
    (["ask", "x", "--database", "nowhere.duckdb"], "nowhere.duckdb"),
    (["ask", "x", "--database", "nosuch://host/db"], "nosuch"),
    (["ask", "x", "--model", "gpt-17"], "gpt-17"),
    (["ask", "x", "--model", "nowhere/model.gguf"], "nowhere/model.gguf"),
    (["ask", "x", "--model", "http://127.0.0.1:9/v1"], "127.0.0.1:9"),
    (["artifact", "", "-o", "page.html"], "no request"),
    (["artifact", "a clock", "-o", "no/such/folder/page.html"], "page.html"),
    (["--database", "nowhere.csv", "--no-browser"], "nowhere.csv"),
    (["--port", "70000"], "70000"),
    (["models", "--fetch", "gpt-17"], "gpt-17"),
    (["models", "gpt-17"], "not a server's address"),
    (["models", "http://127.0.0.1:9/v1"], "cannot be reached"),
]


@pytest.mark.parametrize("arguments, word", NO_ANSWER, ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_says_in_a_sentence_why_there_is_no_answer(arguments, word):
    model = [] if "--model" in arguments or "models" in arguments else ["--model", "echo"]
    done = app(*arguments, *model)
    assert done.returncode == 1
    assert word in done.stderr and "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    "content", [b"", b"hello" * 1000, b"GGUF", b"GGUF\x03\0\0\0" + bytes(range(256)) * 100], ids=["empty", "text", "cut", "noise"]
)
def test_a_model_file_that_is_none_is_a_sentence(tmp_path, content):
    path = tmp_path / "broken.gguf"
    path.write_bytes(content)
    done = app("ask", "x", "--model", str(path))
    assert done.returncode == 1
    assert "broken.gguf" in done.stderr and "Traceback" not in done.stderr and "nanobind" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask"],
        ["ask", "x", "--format", "xml"],
        ["--nonsense"],
        ["nonsense"],
        ["ask", "x", "--max-rows", "many"],
        ["ask", "x", "--max-rows", "0"],
    ],
)
def test_bad_usage_is_status_two(arguments):
    done = app(*arguments)
    assert done.returncode == 2
    assert "usage:" in done.stderr and "Traceback" not in done.stderr


def test_a_wrong_setting_in_the_environment_is_a_sentence(monkeypatch):
    monkeypatch.setenv("QSQL_PORT", "many")
    done = app("ask", "x", "--model", "echo")
    assert done.returncode == 1 and "'many'" in done.stderr


def test_lists_the_whole_family():
    done = app("models")
    assert done.returncode == 0
    assert all(f"qwen2.5-coder-{size}b" in done.stdout for size in ("0.5", "1.5", "3", "7", "14", "32"))


FAR = "http://nowhere.invalid/v1"


@pytest.mark.parametrize(
    "arguments, said",
    [
        (
            ["ask", "x"],
            "three example rows of each table, and cells that a question names. --no-sample-rows keeps the rows and cells here.",
        ),
        (["ask", "x", "--no-sample-rows"], "but no rows."),
        (["artifact", "a clock"], "What you ask goes to http://nowhere.invalid/v1. It is not encrypted on its way."),
    ],
    ids=" ".join,
)
def test_what_goes_to_another_machine_is_said_before_it_is_asked(cities, arguments, said):
    database = ["--database", str(cities)] if "ask" in arguments else []
    done = app(*arguments, *database, "--model", FAR)
    assert done.returncode == 1 and done.stdout == ""
    assert f"What you ask goes to {FAR}." in done.stderr and said in done.stderr
    assert done.stderr.index("What you ask goes") < done.stderr.index("cannot be reached")


def test_lists_what_a_server_offers(monkeypatch):
    monkeypatch.setenv("QSQL_API_KEY", "secret-key")
    with scripted_server(Says(models=("small", "large"), more={"max_model_len": 8192})) as url:
        done = app("models", url)
        assert (
            done.returncode == 0 and f"{url}#large" in done.stdout and "8,192" in done.stdout and "secret" not in done.stdout + done.stderr
        )
    assert app("models", "http://127.0.0.1:8080/v1", "--fetch", "7b").returncode == 2


def test_writes_a_page(tmp_path):
    page = tmp_path / "page.html"
    done = app("artifact", "a countdown with a purple button", "--model", "echo", "-o", str(page))
    assert done.returncode == 0, done.stderr
    assert page.read_text(encoding="utf-8").lower().startswith("<!doctype html>")


def test_a_pipe_that_closes_early_is_no_error(cities):
    line = f'"{sys.executable}" app.py ask "All" --database "{cities}" --model echo --format csv | head -n 1'
    done = subprocess.run(line, shell=True, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert done.stdout == "name,population\n" and "Traceback" not in done.stderr
