"""The way in: `python app.py` opens the app; `ask`, `artifact` and `models` work from the command line."""

import argparse
import atexit
import os
import secrets
import shutil
import signal
import sys
import tempfile
import webbrowser
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

from qsql import cli
from qsql.errors import BadInput, QsqlError
from qsql.preferences import FILE, Kept
from qsql.preferences import read as read_preferences
from qsql.settings import HOST, Settings
from qsql.share.names import OwnName
from qsql.share.serving import EVERY, LOCAL, Share, check_free, listens_at, make_password, opening_words

PAGE_ROWS = 1000  # of an answer that go to a page

SAMPLE_ROWS = {  # what the examples of pages with rows ask of the sample
    "carriers": (
        "SELECT a.name AS airline, f.origin, count(*) AS flights, round(avg(f.dep_delay), 1) AS avg_delay "
        "FROM flights f JOIN airlines a USING (carrier) GROUP BY 1, 2 ORDER BY 1, 2",
        "Flights and delay of each airline and origin",
    ),
    "months": (
        "SELECT month, count(*) AS flights, round(avg(dep_delay), 1) AS avg_delay FROM flights GROUP BY month ORDER BY month",
        "Flights and delay per month",
    ),
    "airports": ("SELECT name, lat, lon, alt FROM airports ORDER BY name LIMIT 1000", "Where the airports are"),
}

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before Gradio is imported, or it calls home


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    return cli.guarded(arguments.command, arguments)


def serve(arguments: argparse.Namespace) -> int:
    """Open the app and keep it open until Ctrl+C, or until its own window is closed."""
    from qsql.databases import open_database
    from qsql.models import resolve
    from qsql.models.holder import ModelHolder
    from qsql.models.prepare import preparing

    settings = cli.settings_from(arguments, Settings.load_saved)
    if arguments.desktop:
        _prepare_desktop(settings)
    else:
        check_free(listens_at(settings), settings.port)
    link = open_link(listens_at(settings), settings.port) if settings.share else ""  # first, for without it nothing else is wanted
    with cli.progress_bar() as progress:
        database = open_database(settings.database, settings, progress)
        try:
            resolve(settings.model, settings, progress)
        except QsqlError as error:
            if settings.model == cli.settings_from(arguments).model:
                raise
            print(f"{error} It was chosen in an earlier run; choose another in the app.", flush=True)
    for notice in read_preferences(settings.data / FILE).notices:
        print(notice, flush=True)
    cli.warn_of_licence(settings.model)
    cli.warn_of_leaving(settings.model, settings.sample_rows)
    for notice in database.notices:
        print(notice, flush=True)
    model = ModelHolder(preparing(settings), settings.model)
    demo, workspace = build(settings, model, database)
    share = Share(settings, workspace.visitors, settings.password or make_password(), link) if settings.shared else None
    _, url, _ = launch(demo, _free_port(settings) if arguments.desktop else settings.port, share, workspace.kept)
    ends = "closing its window, or Ctrl+C, ends it" if arguments.desktop else "Ctrl+C ends it"
    told = opening_words(share, workspace.first) if share else f"qsql is open at {url.rstrip('/')}   ({ends})"
    print(told, flush=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ended from outside it cleans up as well
    try:
        if not (arguments.desktop and _shown_in_window(url, settings)):
            if not arguments.no_browser and _has_screen():
                webbrowser.open(url)
            demo.block_thread()
    finally:
        demo.close(verbose=False)
        workspace.close()
        model.close()
    return 0


def build(settings: Settings, model, database=None):
    """The screen, and what its handlers share. `model` is a holder, or gives a model; `database` is the one to begin with if it is open."""
    from qsql.models.holder import ModelHolder
    from qsql.models.lazy import LazyModel
    from qsql.share.workspace import SharedWorkspace
    from qsql.ui.importing import without_stubs

    with without_stubs():
        import gradio as gr

        import artifacts.ui
        from artifacts.gallery import FILE as FILE_OF_PAGES
        from artifacts.gallery.places import Own, Visitors
        from qsql.ui import api, screen
        from qsql.ui.ask import visitor_of
        from qsql.ui.blocks import Blocks
        from qsql.ui.workspace import Workspace

    holder = model if isinstance(model, ModelHolder) else LazyModel(model)
    workspace = (SharedWorkspace if settings.shared else Workspace)(settings, holder, database)
    if settings.shared:
        os.environ["GRADIO_TEMP_DIR"] = str(workspace.coming)  # before a component is made, or their files stay when the app ends
    label = gr.I18n()
    kept = (600, 3600) if settings.shared else None  # seconds: how often files are looked at, how old they may get
    with Blocks(title="qsql", fill_width=True, analytics_enabled=False, delete_cache=kept) as demo:
        side = screen.build_side(workspace)
        chip, leaves = screen.build_model(workspace)
        with gr.Tabs() as tabs:
            main = screen.build_tabs(workspace)
            with gr.Tab(label("pages.title"), id="artifacts"):
                pages = artifacts.ui.build()
            around = screen.build_around(workspace, chip, leaves)
        screen.wire(side, main, around, workspace, demo)
        _hand_over(main.ask.answer, pages, tabs, workspace)
        api.build(workspace)
        demo.galleries = Visitors(workspace.coming.parent / "pages") if settings.shared else Own(settings.data / FILE_OF_PAGES)
        artifacts.ui.wire(
            pages,
            workspace.model,
            lambda request: demo.galleries.of(visitor_of(request).name),  # of the log-in, for a session is what a browser says it is
            lambda request: workspace.working(visitor_of(request)),
            read=lambda data, request: read_rows(workspace, visitor_of(request), data.source, data.sql, data.question),
            model_name=lambda: holder.state().name or holder.state().coming,
            # Where the app is shared, only its database is open.
            sample=None if settings.shared else lambda name, request: read_rows(workspace, visitor_of(request), "sample", *SAMPLE_ROWS[name]),
            shared=settings.shared,
            rows=lambda: workspace.kept.now.sample_rows,
        )
    return demo, workspace


def read_rows(workspace, visitor, source: str, sql: str, question: str, stop: Event | None = None):
    """The rows of a query as they are now, for a page. Raises what opening and running raise."""
    from qsql.records import Question
    from qsql.sql import read_query
    from qsql.ui.shown import Shown

    place = workspace.source(source, visitor)
    database = workspace.open(place)
    query = read_query(sql, database.dialect)
    with workspace.working(visitor):
        result = database.run(query, workspace.limits(stop or Event()))
    return replace(data_of(Shown(place, database.name, sql, Question(question), result)), source=source)


def _hand_over(answer, pages, tabs, workspace) -> None:
    """An answer's rows go to the pages tab, with a request that can be changed."""
    import gradio as gr

    from artifacts.ui import give
    from qsql.ui.language import words_of
    from qsql.ui.shown import Shown
    from qsql.userdata import place_of

    def source_of(shown: Shown) -> str:
        """How the database is opened again; uploads of a visitor are not."""
        if workspace.settings.shared:
            return workspace.first if shown.source == workspace.settings.database else ""
        return place_of(shown.source, workspace.open).source

    def on_page(shown: Shown | None, request: gr.Request) -> dict:
        if shown is None or shown.result is None:
            return {pages.data: None}
        words = words_of(request)
        return {**give(pages, replace(data_of(shown), source=source_of(shown)), words), pages.request: words("pages.of_rows"), tabs: gr.Tabs(selected="artifacts")}

    changed = [pages.data, pages.given, pages.without, pages.mode, pages.request, tabs]
    answer.page.click(on_page, answer.shown, changed, api_visibility="private", show_progress="hidden")


def data_of(shown):
    """The rows that stand on the screen, as a page gets them: at most PAGE_ROWS."""
    import pyarrow.types as types

    from artifacts.records import Data
    from qsql import show

    table = shown.result.rows.slice(0, PAGE_ROWS)
    kinds = ["number" if show.is_number(kind) else "date" if types.is_temporal(kind) else "text" for kind in table.schema.types]
    rows = tuple(tuple(show.plain(value) for value in row) for row in show.rows(table))
    more = shown.result.truncated or shown.result.rows.num_rows > PAGE_ROWS
    asked, names = shown.question.text if shown.question else "", tuple(show.distinct(table.column_names))
    return Data(asked, shown.sql, names, tuple(kinds), rows, more, shown.ran.isoformat(timespec="seconds"))


def launch(demo, port: int | None = None, share: Share | None = None, kept: Kept | None = None):
    """Serve on this machine only and to its own name only, or behind the door of `share`; with the headers that hold the frame."""
    import gradio as gr
    from starlette.middleware import Middleware

    from artifacts.host import OwnPages
    from artifacts.sandbox import ParentHeaders
    from artifacts.ui import STYLES as artifacts_styles
    from qsql.texts import labels
    from qsql.ui.language import PageLanguage
    from qsql.ui.look import PageStart, Remembered
    from qsql.ui.theme import theme

    here = Path(__file__).parent
    door = share.middleware() if share else [Middleware(OwnName, names=LOCAL)]
    remembered = [Middleware(Remembered, chosen=lambda: kept.now)] if kept and not share else []
    page = [Middleware(OwnPages, find=demo.galleries.find), Middleware(PageStart), Middleware(PageLanguage)]
    host = listens_at(share.settings) if share else HOST
    return demo.queue(max_size=64).launch(
        server_name=f"[{host}]" if ":" in host else host,
        server_port=port,
        share=False,  # Gradio's own would load its scripts from elsewhere; the tunnel is enough
        auth=share.right if share else None,
        max_file_size=share.visitors.limits.upload_bytes if share else None,
        prevent_thread_lock=True,
        quiet=True,
        _frontend=False,  # else it ends where the page takes more than three seconds, as on a machine that is busy
        theme=theme(),
        css_paths=[*sorted(here.glob("qsql/ui/*.css")), *artifacts_styles],
        js=_page_script([here / "qsql/ui/keys.js", here / "qsql/ui/history.js"]),
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        i18n=gr.I18n(**labels()),
        app_kwargs={"middleware": [*door, Middleware(ParentHeaders), *remembered, *page]},
    )


def _page_script(paths: list[Path]) -> str:
    """Each file is a function without arguments; all are called when the page is there."""
    return "() => { " + " ".join(f"({path.read_text(encoding='utf-8')})();" for path in paths) + " }"


def open_link(host: str, port: int) -> str:
    """The address of a public link to this app, through Gradio's tunnel, open until this process ends. Raises BadInput."""
    from qsql.ui.importing import without_stubs

    with without_stubs():
        from gradio import networking, tunneling

    program = Path(tunneling.BINARY_PATH)
    if not program.exists():
        print(f"A public link needs Gradio's tunnel program, which is fetched once now, about 12 MB: {tunneling.BINARY_URL}", flush=True)
    try:
        given = networking.setup_tunnel(HOST if host in EVERY else host, port, secrets.token_urlsafe(32), None, None)
    except Exception as error:  # of the network, of the file, or the tunnel's own
        hint = "Check the network and try again, or share in your own network with --host 0.0.0.0."
        if not program.exists():
            hint += f" Where only the program cannot be fetched: save {tunneling.BINARY_URL} as {program} and make it executable."
        raise BadInput("No public link could be had, so nothing is shared.", hint) from error
    own = networking.GRADIO_SHARE_SERVER_ADDRESS is not None  # a tunnel server of the person's own says itself how it is reached
    return given if own else urlsplit(given)._replace(scheme="https").geturl()


def write_page(arguments: argparse.Namespace) -> int:
    """Write a page to a file."""
    from artifacts.sandbox import download
    from artifacts.write import write

    target = Path(arguments.output)
    if not target.absolute().parent.is_dir():
        raise BadInput(f"There is no folder for {arguments.output}.", "Make it first, or choose another file with -o.")
    with closing(cli.load(cli.settings_from(arguments), tables=False)) as model, cli.ERRORS.status("Writing the page"):
        *_, page = write(model, arguments.request)
    _save(target, download(page))
    cli.ERRORS.print(f"{page.title} is in {arguments.output}", *page.notices, markup=False)
    return 0


def serve_programs(arguments: argparse.Namespace) -> int:
    """Answer another program over the Model Context Protocol, until it closes stdin; nothing else is written to stdout."""
    from qsql import mcp

    settings = cli.settings_from(arguments)
    cli.warn_of_licence(settings.model)
    cli.warn_of_leaving(settings.model, settings.sample_rows)
    folder = Path(arguments.pages).expanduser().absolute() if arguments.pages else settings.data / "pages"
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as above
    with closing(mcp.NamedWorkspace(settings, arguments.databases or [settings.database])) as workspace:
        mcp.serve(workspace, partial(_pages, workspace), folder)
    return 0


def _pages(workspace, request: str, sql: str, database: str, stop: Event):
    """None as a page grows, and at last what is written of it."""
    from artifacts.prompt import checked
    from artifacts.sandbox import download, file_name
    from artifacts.write import WRITING, write
    from qsql.mcp import PROGRAM, Written

    request = checked(request)
    data = read_rows(workspace, PROGRAM, database, sql, "", stop) if sql.strip() else None
    with workspace.asking(stop) as model:
        for page in write(model, request, replace(WRITING, cancel=stop), data, rows=workspace.kept.now.sample_rows):
            yield None
    rows = {"rows": len(data.rows), "more_rows": data.more} if data else {}
    yield Written(file_name(page), download(page), {"title": page.title, **rows, "notices": list(page.notices)})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="app.py", description="Ask your data, on your own machine. Without a command, the app opens.")
    parser.set_defaults(command=serve)
    cli.add_model(parser)
    cli.add_database(parser)
    cli.add_sample_rows(parser)
    parser.add_argument("--port", type=int, help="where to listen on this machine (default: 7860)")
    parser.add_argument("--share", action="store_true", default=argparse.SUPPRESS, help="let others in by a public link, with a password")
    parser.add_argument(
        "--host", help="let others in at this address of this machine, with a password; 0.0.0.0 is every address (default: 127.0.0.1)"
    )
    parser.add_argument(
        "--password", help="for those who are let in (default: one is made); others on this machine can see it here, not in QSQL_PASSWORD"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--desktop", action="store_true", help="open in a window of its own; closing it ends the app")
    where.add_argument("--no-browser", action="store_true", help="do not open a browser")
    commands = parser.add_subparsers(title="commands", metavar="")
    cli.add_commands(commands)
    page = commands.add_parser("artifact", help="write a web page from a sentence")
    page.add_argument("request", help="what the page should be")
    page.add_argument("-o", "--output", default="page.html", help="where to write it (default: page.html)")
    cli.add_model(page)
    page.set_defaults(command=write_page)
    programs = commands.add_parser("mcp", help="answer another program over the Model Context Protocol, on stdin and stdout")
    programs.add_argument(
        "--database", action="append", dest="databases", help="what it may read, beside the sample; may be given several times (default: sample)"
    )
    programs.add_argument("--pages", metavar="FOLDER", help="where pages go that it has written (default: pages, in the folder of QSQL_DATA)")
    cli.add_model(programs)
    cli.add_sample_rows(programs)
    programs.set_defaults(command=serve_programs)
    return parser


def _prepare_desktop(settings: Settings) -> None:
    if settings.shared:
        raise BadInput("A shared app has no window of its own.", "Leave out --desktop, or --share and --host.")
    if not _has_screen():
        raise BadInput("There is no screen here for a window.", "Leave out --desktop.")
    folder = os.environ["GRADIO_TEMP_DIR"] = tempfile.mkdtemp(prefix="qsql-")  # before a component is made
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


def _free_port(settings: Settings) -> int | None:
    """The chosen port; None, for which Gradio finds another, where it is taken."""
    try:
        check_free(listens_at(settings), settings.port)
        return settings.port
    except BadInput:
        return None


def _shown_in_window(url: str, settings: Settings) -> bool:
    """Show it until the window is closed; False, and a sentence, where no window can be had."""
    from qsql import desktop

    try:
        if desktop.show(url, settings.cache / "window"):
            return True
    except KeyboardInterrupt:
        return True
    print(f"There is no window for it: install pywebview (pip install {desktop.REQUIREMENT}), or Chrome, Chromium, Edge or Brave.")
    print("It is in your browser instead; Ctrl+C here ends it.", flush=True)
    return False


def _has_screen() -> bool:
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _save(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"The page could not be written to {path}: {error.strerror}.", "Choose another file with -o.") from error


if __name__ == "__main__":
    sys.exit(main())
