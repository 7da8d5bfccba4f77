"""A window of pywebview's, which shows a page with what the system has for that: WebKit, WebView2, or Qt on Linux.

It is made by a program of its own (`window.py`), because on Linux a library that Qt misses ends the whole process.
"""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from qsql.desktop.process import started, waited

SHOWN = b"shown"  # what `window.py` says once there is a page in its window


def show(url: str, folder: Path) -> bool:
    """See `qsql.desktop.show`; False where pywebview is not installed, or finds nothing to show a page with."""
    if find_spec("webview") is None:
        return False
    command = [sys.executable, "-P", str(Path(__file__).with_name("window.py")), url, str(folder / "pywebview")]
    with started(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        waited(process)
        return SHOWN in process.stdout.read()
