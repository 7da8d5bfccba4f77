"""`evaluate` as a person meets it: a process, its output, its exit status."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qsql.ask import STEPS
from qsql.errors import BadInput
from qsql.evaluate.command import plan_from
from tests import shop

ROOT = Path(__file__).parent.parent
SCRIPT = """
import sys
import app
from qsql import cli
from qsql.models.echo import Echo
cli.load = lambda settings: Echo({said!r}, {delay})
sys.exit(app.main(sys.argv[1:]))
"""
GOLD = "SELECT count(*) FROM orders"


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "exam"
    path.joinpath("database/shop").mkdir(parents=True)
    shop.make_sqlite(path / "database/shop/shop.sqlite")
    questions = [{"db_id": "shop", "question": f"How many orders? ({number})", "query": GOLD} for number in range(60)]
    path.joinpath("dev.json").write_text(json.dumps(questions), "utf-8")
    return path


def command(*arguments, said=(GOLD, "SELECT 1"), delay=0.0):
    return [sys.executable, "-c", SCRIPT.format(said=said, delay=delay), "evaluate", *map(str, arguments)]


def evaluate(*arguments, cwd=ROOT, **script):
    options = {"capture_output": True, "text": True, "encoding": "utf-8", "timeout": 120}
    return subprocess.run(command(*arguments, **script), cwd=cwd, env=os.environ | {"PYTHONPATH": str(ROOT)}, **options)


def test_prints_a_table_and_writes_the_lines(folder, tmp_path):
    done = evaluate(folder, "--plain", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert all(word in done.stdout for word in ("shop", "60", "spider", "qwen", "bird", "50.0", "gold fails"))
    assert "25 of 60 done" in done.stderr and "left" in done.stderr and "evaluate-exam.jsonl" in done.stderr
    header, *lines = map(json.loads, tmp_path.joinpath("evaluate-exam.jsonl").read_text("utf-8").splitlines())
    assert header["model"] == "echo" and header["effort"] == "low" and "vote" in header["without"] and len(lines) == 60


def test_flags_win_over_the_settings(folder, tmp_path):
    tmp_path.joinpath("settings.json").write_text('{"limit": 7, "plain": true, "databases": ["shop"], "output": "one.jsonl"}', "utf-8")
    assert evaluate(folder, "--settings", "settings.json", "--output", "two.jsonl", cwd=tmp_path).returncode == 0
    header = json.loads(tmp_path.joinpath("two.jsonl").read_text("utf-8").partition("\n")[0])
    assert header["limit"] == 7 and header["databases"] == ["shop"] and not tmp_path.joinpath("one.jsonl").exists()


def test_compares_two_runs(folder, tmp_path):
    for name, said in (("a", ("SELECT 1",)), ("b", (GOLD, "SELECT 1"))):
        assert evaluate(folder, "--plain", "--output", tmp_path / name, said=said).returncode == 0
    done = evaluate("--compare", tmp_path / "a", tmp_path / "b")
    assert done.returncode == 0 and "+50.0" in done.stdout and "a difference" in done.stdout and "is noise" in done.stdout
    assert "noise" in evaluate("--compare", tmp_path / "a", tmp_path / "a").stdout


def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(folder, tmp_path):
    output = tmp_path / "out.jsonl"
    process = subprocess.Popen(command(folder, "--plain", "--output", output, delay=0.05), cwd=ROOT, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (output.is_file() and output.read_text("utf-8").count("\n") > 3):
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in said
    assert "of 60 questions are in" in said and "goes on from there" in said
    kept = output.read_text("utf-8")
    assert evaluate(folder, "--plain", "--output", output).returncode == 0
    assert output.read_text("utf-8").startswith(kept) and output.read_text("utf-8").count("\n") == 61


WRONG = [
    (["nowhere"], "no folder"),
    (["EXAM", "--questions", "none.json"], "no none.json"),
    (["EXAM", "--databases", "mars"], "'mars'"),
    (["EXAM", "--without", "nonsense"], "no step 'nonsense'"),
    (["EXAM", "--without", "draft"], "no step 'draft'"),
    (["EXAM", "--output", "no/such/place.jsonl"], "cannot be written"),
    (["EXAM", "--settings", "none.json"], "none.json"),
    (["EXAM", "--settings", "EXAM/dev.json"], "not a JSON object"),
    (["--compare", "none.jsonl", "none.jsonl"], "none.jsonl"),
    (["--compare", "EXAM/dev.json", "EXAM/dev.json"], "no JSON object in line 1"),
]


@pytest.mark.parametrize("arguments, words", WRONG, ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_says_in_a_sentence_what_is_wrong(folder, arguments, words):
    done = evaluate(*(argument.replace("EXAM", str(folder)) for argument in arguments))
    assert done.returncode == 1 and words in done.stderr and "Traceback" not in done.stderr


BAD_SETTINGS = ['{"limit": "many"}', '{"limit": 0}', '{"nonsense": 1}', '{"effort": "heroic"}', '{"lim": 3}', '{"settings": "x"}']


@pytest.mark.parametrize("settings", BAD_SETTINGS)
def test_a_wrong_setting_is_a_sentence(folder, settings):
    folder.joinpath("settings.json").write_text(settings, "utf-8")
    done = evaluate(folder, "--settings", folder / "settings.json")
    assert done.returncode == 1 and "cannot be used" in done.stderr and "Traceback" not in done.stderr


MISUSED = [[], ["EXAM", "--compare", "a", "b"], ["EXAM", "--limit", "0"], ["EXAM", "--engine", "oracle"], ["--compare", "a"]]


@pytest.mark.parametrize("arguments", MISUSED)
def test_bad_usage_is_status_two(folder, arguments):
    assert evaluate(*(argument.replace("EXAM", str(folder)) for argument in arguments)).returncode == 2


def test_plain_leaves_out_all_but_the_draft():
    plan = plan_from({"plain": True})
    assert plan.effort == "low" and plan.without >= {step.__name__ for step in STEPS} - {"draft"} and "draft" not in plan.without
    assert plan_from({"without": ("vote",), "effort": "high"}).without == {"vote"}


def test_a_step_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(BadInput, match="'nonsense'.*vote"):
        plan_from({"without": ("nonsense",)})
