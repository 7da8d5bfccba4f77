"""A program of its own: `python -P window.py URL FOLDER` shows the page in a window of pywebview's and ends when it is closed.

It ends too when its input does, so that no window outlives the app; `shown` on its output says that the page was there.
"""

import json
import sys
import threading
from pathlib import Path

import webview

SIZE = (1280, 860)
SMALLEST = (390, 480)


def main(url: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    webview.settings.update(ALLOW_DOWNLOADS=True, ALLOW_FILE_URLS=False, OPEN_EXTERNAL_LINKS_IN_BROWSER=True)
    width, height = _size(folder / "size.json")
    window = webview.create_window("qsql", url, width=width, height=height, min_size=SMALLEST, text_select=True, zoomable=True)
    window.events.initialized += _is_able
    window.events.loaded += _say_shown
    window.events.resized += lambda width, height: _keep(folder / "size.json", width, height)
    threading.Thread(target=_end_with_input, args=(window,), daemon=True).start()
    gui = "qt" if sys.platform == "linux" else None  # else it looks for GTK first, and complains where that is not there
    webview.start(gui=gui, private_mode=False, storage_path=str(folder))


def _is_able(renderer: str) -> bool:
    """Whether what was found can show the app: Windows without WebView2 has only a browser of 2013."""
    if renderer.startswith("qt"):
        from webview.platforms.qt import BrowserView

        BrowserView.on_download_requested = _save  # its own calls what Qt 6 no longer has
    return renderer != "mshtml"


def _save(view, download) -> None:
    """Ask where to save what the page gives. Both are Qt's."""
    from qtpy.QtCore import QStandardPaths
    from qtpy.QtWidgets import QFileDialog

    folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation))
    path, _ = QFileDialog.getSaveFileName(view, "", str(folder / download.suggestedFileName()))
    if path:
        download.setDownloadDirectory(str(Path(path).parent))
        download.setDownloadFileName(Path(path).name)
        download.accept()


def _say_shown() -> None:
    sys.stdout.write("shown\n")
    sys.stdout.flush()


def _end_with_input(window: webview.Window) -> None:
    sys.stdin.read()
    window.destroy()


def _size(file: Path) -> tuple[int, int]:
    """As it was left the last time."""
    try:
        width, height = map(int, json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return SIZE
    return max(width, SMALLEST[0]), max(height, SMALLEST[1])


def _keep(file: Path, width: int, height: int) -> None:
    file.write_text(json.dumps([int(width), int(height)]), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
