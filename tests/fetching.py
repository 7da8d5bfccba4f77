"""Runs one fetch in a process of its own, because the hub's library reads its environment once, when it is imported."""

import json
import os
import re
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

from qsql.models.catalog import Form

_RUN = """
import json, sys
from pathlib import Path
from qsql.errors import QsqlError
from qsql.models import fetch
from qsql.models.catalog import Form, Wheels
from qsql.settings import Settings
form = json.loads(sys.argv[1])
form["wheels"] = Wheels(**form["wheels"]) if form["wheels"] else None
try:
    source = fetch.fetch(Form(**form), Settings(cache=Path(sys.argv[2])), lambda *call: print(json.dumps(call), flush=True))
    outcome = {"source": str(source)}
except QsqlError as error:
    outcome = {"error": type(error).__name__, "message": str(error)}
print(json.dumps(outcome))
"""


@dataclass(frozen=True)
class Outcome:
    """What a fetch gave: a path, or an error's class and sentence; and every call of its progress. `noise` is what it printed."""

    source: Path | None
    error: str
    message: str
    calls: tuple[tuple[int, int, str], ...]
    noise: str


def start(form: Form, home: Path, **env: str) -> subprocess.Popen:
    """Begin a fetch into `home`; nothing of this machine's own settings for the hub or for pip plays a part."""
    ours = re.compile(r"HF_|HUGGING|PIP_|QSQL_|.*_?proxy", re.IGNORECASE)
    plain = {key: value for key, value in os.environ.items() if not ours.match(key)}
    pip = {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": ""}
    own = {"HF_HOME": str(home / "hf"), "PYTHONPATH": str(Path(__file__).parents[1]), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", _RUN, json.dumps(asdict(form)), str(home)]
    return subprocess.Popen(command, env=plain | pip | own | env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def hear(process: subprocess.Popen) -> tuple[int, int, str]:
    """The next call of its progress, as soon as it comes."""
    return tuple(json.loads(process.stdout.readline()))


def finish(process: subprocess.Popen) -> Outcome:
    """Wait for it; what was heard of it before is no longer among its calls."""
    watchdog = threading.Timer(120, process.kill)
    watchdog.start()
    with process:
        lines, noise = [json.loads(line) for line in process.stdout], process.stderr.read()
    watchdog.cancel()
    assert process.returncode == 0, noise
    *calls, told = lines
    calls = tuple(map(tuple, calls))
    source = Path(told["source"]) if "source" in told else None
    return Outcome(source, told.get("error", ""), told.get("message", ""), calls, noise)


def run(form: Form, home: Path, **env: str) -> Outcome:
    """A whole fetch."""
    return finish(start(form, home, **env))
