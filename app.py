"""The way in: `python app.py` opens the app; `ask`, `artifact` and `models` work from the command line."""

import argparse
import os
import socket
import sys
import webbrowser
from contextlib import closing
from pathlib import Path

from qsql import cli
from qsql.errors import BadInput
from qsql.settings import HOST, Settings

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before Gradio is imported, or it calls home


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    return cli.guarded(arguments.command, arguments)


def serve(arguments: argparse.Namespace) -> int:
    """Open the app and keep it open until Ctrl+C."""
    from qsql.databases import open_database
    from qsql.models import load_model, resolve
    from qsql.models.lazy import LazyModel

    settings = cli.settings_from(arguments)
    _free(settings.port)
    with cli.progress_bar() as progress:
        database = open_database(settings.database, settings, progress)
        resolve(settings.model, settings, progress)
    cli.warn_of_licence(settings.model)
    model = LazyModel(lambda: load_model(settings.model, settings))
    demo, workspace = build(settings, model, database)
    _, url, _ = launch(demo, settings.port)
    print(f"qsql is open at {url.rstrip('/')}   (Ctrl+C ends it)", flush=True)
    if not arguments.no_browser and _has_screen():
        webbrowser.open(url)
    try:
        demo.block_thread()
    finally:
        workspace.close()
        model.close()
    return 0


def build(settings: Settings, model, database=None):
    """The screen, and what its handlers share; `model()` gives the loaded model, `database` is the one to begin with if it is open."""
    import gradio as gr

    import artifacts.ui
    import qsql.ui.ask
    from qsql.ui.workspace import Workspace

    workspace = Workspace(settings, model, database)
    with gr.Blocks(title="qsql", fill_width=True, analytics_enabled=False) as demo:
        with gr.Tab("Ask", id="ask"):
            ask = qsql.ui.ask.build(workspace)
        with gr.Tab("Artifacts", id="artifacts"):
            pages = artifacts.ui.build()
        qsql.ui.ask.wire(ask, workspace, demo)
        artifacts.ui.wire(pages, model)
    return demo, workspace


def launch(demo, port: int | None = None):
    """Serve on this machine only, to its own name only, with the headers that hold the artifact's frame."""
    import gradio as gr
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from artifacts.sandbox import ParentHeaders

    here = Path(__file__).parent
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])
    return demo.queue(max_size=64).launch(
        server_name=HOST,
        server_port=port,
        prevent_thread_lock=True,
        quiet=True,
        theme=gr.themes.Default(primary_hue="teal", neutral_hue="slate"),
        css_paths=[here / "qsql/ui/style.css", here / "artifacts/style.css"],
        js=(here / "qsql/ui/keys.js").read_text(encoding="utf-8"),
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        app_kwargs={"middleware": [hosts, Middleware(ParentHeaders)]},
    )


def write_page(arguments: argparse.Namespace) -> int:
    """Write a page to a file."""
    from artifacts.sandbox import download
    from artifacts.write import write

    target = Path(arguments.output)
    if not target.absolute().parent.is_dir():
        raise BadInput(f"There is no folder for {arguments.output}.", "Make it first, or choose another file with -o.")
    with closing(cli.load(cli.settings_from(arguments))) as model, cli.ERRORS.status("Writing the page"):
        *_, page = write(model, arguments.request)
    _save(target, download(page))
    cli.ERRORS.print(f"{page.title} is in {arguments.output}", *page.notices, markup=False)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="app.py", description="Ask your data, on your own machine. Without a command, the app opens.")
    parser.set_defaults(command=serve)
    cli.add_model(parser)
    cli.add_database(parser)
    parser.add_argument("--port", type=int, help="where to listen on this machine (default: 7860)")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    commands = parser.add_subparsers(title="commands", metavar="")
    cli.add_commands(commands)
    page = commands.add_parser("artifact", help="write a web page from a sentence")
    page.add_argument("request", help="what the page should be")
    page.add_argument("-o", "--output", default="page.html", help="where to write it (default: page.html)")
    cli.add_model(page)
    page.set_defaults(command=write_page)
    return parser


def _free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise BadInput(f"Port {port} cannot be used on this machine.", "Close what uses it, or choose another with --port.") from error


def _has_screen() -> bool:
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _save(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"The page could not be written to {path}: {error.strerror}.", "Choose another file with -o.") from error


if __name__ == "__main__":
    sys.exit(main())
