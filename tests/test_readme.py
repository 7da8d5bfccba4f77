"""The README tells the truth: its commands run, its Python runs, its tree is the tree."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines()]


def run(*command: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=900, cwd=ROOT, **options)


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("python app.py")])
def test_each_command_line_does_what_it_says(line, tmp_path):
    arguments = [str(tmp_path / part) if part.endswith((".html", ".jsonl")) else part for part in shlex.split(line)[1:]]
    quicker = {"QSQL_MODEL": "qwen2.5-coder-0.5b"} if "artifact" in line else {}  # the larger one writes a page in test_first_light
    done = run(sys.executable, *arguments, env=os.environ | quicker)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() or (tmp_path / "page.html").stat().st_size > 100


def test_the_python_runs_as_it_stands():
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    done = run(sys.executable, "-c", code)
    assert done.returncode == 0, done.stderr
    assert "SELECT" in done.stdout and "10023" in done.stdout


@pytest.mark.parametrize("target", re.findall(r"^make (\w+)$", README, re.MULTILINE))
def test_make_has_the_targets(target):
    assert run("make", "-n", target).returncode == 0


def test_the_three_lines_for_windows_name_what_is_there():
    assert [Path(ROOT, name).exists() for name in re.findall(r"[\w-]+\.(?:txt|py)\b", "\n".join(COMMANDS))]
    assert ".venv\\Scripts\\pip install -r requirements.txt" in COMMANDS and ".venv\\Scripts\\python app.py" in COMMANDS


def test_the_pictures_and_files_that_it_links_to_are_there():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert links and all((ROOT / link).exists() for link in links)


def tracked() -> set[str]:
    """Every file but the tests, of which the tree names only the folder, and those without words of their own."""
    names = run("git", "ls-files").stdout.splitlines()
    return {name for name in names if not re.search(r"^tests/|(^|/)(__init__\.py|\.gitignore)$", name)}


def tree() -> set[str]:
    """Paths in the README's tree: two spaces of indentation a folder, one or more names, then words."""
    block = README.partition("## What is where")[2].split("```")[1]
    folders, paths = [], set()
    for line in filter(str.strip, block.splitlines()):
        depth = (len(line) - len(line.lstrip())) // 2
        names = re.split(r"\s{2,}", line.strip())[0].split()
        if names[0].endswith("/"):
            folders[depth:] = [names[0].rstrip("/")]
        else:
            paths |= {"/".join([*folders[:depth], name]) for name in names}
    return paths


def test_its_tree_is_the_tree():
    assert tree() == tracked()
