"""The app in a window of its own: by pywebview where it is installed, else by a browser that can show a page without its bars.

Each way is a program beside this one, which ends with its window: so closing the window is seen, a window that cannot come says so
by ending, and nothing of a screen's library runs in the app. Knows nothing of what is shown.
"""

import sys
from pathlib import Path

from qsql.desktop import browser, own

REQUIREMENT = "'pywebview[pyside6]>=6.2,<7'" if sys.platform == "linux" else "'pywebview>=6.2,<7'"
WAYS = (own.show, browser.show)


def show(url: str, folder: Path) -> bool:
    """Show `url` until the window is closed; False where no window could be had. What a window remembers lies in `folder`."""
    return any(way(url, folder) for way in WAYS)
