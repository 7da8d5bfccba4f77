"""The subcommands `ask`, `models` and `evaluate`. Exit status: 0 an answer, 1 none (the reason on stderr), 2 bad usage."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from qsql.errors import QsqlError
from qsql.evaluate.options import add_options, merged
from qsql.models.base import Model
from qsql.plan import EFFORTS
from qsql.records import Answer
from qsql.settings import Settings

ERRORS = Console(stderr=True, highlight=False, soft_wrap=True)
MAX_SHOWN = 50  # rows of a table in a terminal; csv and json give all that were fetched


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Give the parser the subcommands; each sets `command`, a function of the parsed arguments that returns the exit status."""
    ask = commands.add_parser("ask", help="ask a question and print the SQL and the rows")
    ask.add_argument("question", help="in your own words")
    ask.add_argument("--evidence", default="", help="what the database does not say of itself, such as what a code means")
    ask.add_argument("--format", choices=tuple(FORMATS), default="table", help="how to print (default: table)")
    ask.add_argument("--max-rows", type=_positive(int), help="rows to fetch at most (default: 1000)")
    ask.add_argument("--seconds", type=_positive(float), help="seconds that the query may run (default: 30)")
    ask.add_argument(
        "--effort", choices=EFFORTS, help="low: one try; auto: more where they may change the answer; high: always (default: auto)"
    )
    add_model(ask)
    add_database(ask)
    add_sample_rows(ask)
    ask.set_defaults(command=_ask)
    models = commands.add_parser("models", help="list the models, or those of a server, or fetch one ahead of time")
    either = models.add_mutually_exclusive_group()
    either.add_argument("server", nargs="?", help="list what the server at this address offers, such as http://127.0.0.1:8080/v1")
    either.add_argument("--fetch", metavar="NAME", help="get this model's files now")
    models.set_defaults(command=_models)
    evaluate = commands.add_parser("evaluate", help="ask a folder of questions whose answers are known, and count the right ones")
    add_options(evaluate, add_model)
    evaluate.set_defaults(command=_evaluate, misused=evaluate.error)


def add_model(parser: argparse.ArgumentParser) -> None:
    text = "auto, a name from `models`, a hub id, a folder or .gguf, echo, or a server's http(s)://.../v1 (default: auto)"
    parser.add_argument("--model", default=argparse.SUPPRESS, help=text)


def add_database(parser: argparse.ArgumentParser) -> None:
    text = "sample, a file (DuckDB, SQLite, CSV, Parquet, JSON, Excel), or an SQLAlchemy URL (default: sample)"
    parser.add_argument("--database", default=argparse.SUPPRESS, help=text)


def add_sample_rows(parser: argparse.ArgumentParser) -> None:
    text = "show the model no row and no cell of the database, only its tables and columns"
    parser.add_argument("--no-sample-rows", dest="sample_rows", action="store_false", default=argparse.SUPPRESS, help=text)


def _positive(kind: type) -> Callable[[str], float]:
    def read(text: str) -> float:
        if (value := kind(text)) > 0:
            return value
        raise argparse.ArgumentTypeError("must be more than zero")

    read.__name__ = kind.__name__  # argparse names it in its message
    return read


def settings_from(arguments: argparse.Namespace, load: Callable[..., Settings] = Settings.load_for_command) -> Settings:
    return load(**{name: value for name, value in vars(arguments).items() if name in Settings.__dataclass_fields__})


def guarded(command: Callable[[argparse.Namespace], int], arguments: argparse.Namespace) -> int:
    """Run a command; an error of ours becomes a sentence on stderr and status 1, Ctrl+C status 130."""
    try:
        return command(arguments)
    except QsqlError as error:
        ERRORS.print(str(error), markup=False)
        return 1
    except KeyboardInterrupt:
        ERRORS.print("Stopped.")
        return 130
    except BrokenPipeError:
        return 0


def load(settings: Settings, tables: bool = True) -> Model:
    """The chosen model, fetched with a bar and loaded; it is said what goes to another machine, of the `tables` where it is asked about some."""
    from qsql.models import load_model, resolve

    with progress_bar() as progress:
        resolve(settings.model, settings, progress)
    warn_of_licence(settings.model)
    warn_of_leaving(settings.model, settings.sample_rows, tables)
    with ERRORS.status("Loading the model"):
        return load_model(settings.model, settings)


def warn_of_licence(name: str) -> None:
    """Say on stderr what a person who names this model has to know."""
    from qsql.models import notice

    if text := notice(name):
        ERRORS.print(text, markup=False)


def warn_of_leaving(name: str, rows: bool, tables: bool = True) -> None:
    """Say on stderr what goes to which other machine, before anything does."""
    from qsql.models.addresses import elsewhere, readable_on_the_way

    if not (where := elsewhere(name)):
        return
    told = [f"What you ask goes to {' and '.join(where)}."]
    if tables and rows:
        told.append(
            "With it go the names and types of the tables' columns, three example rows of each table, and cells that a question names."
        )
        told.append("--no-sample-rows keeps the rows and cells here.")
    elif tables:
        told.append("With it go the names and types of the tables' columns, but no rows.")
    if readable_on_the_way(name):
        told.append("It is not encrypted on its way.")
    ERRORS.print(" ".join(told), markup=False)


@contextmanager
def progress_bar() -> Iterator[Callable[[int, int, str], None]]:
    """A bar on stderr, drawn from the first call (bytes or steps done, of how many, what) to the end of the block.

    Where stderr is no terminal, each thing that is done is said once.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=ERRORS, transient=True, disable=not ERRORS.is_terminal) as progress:
        tasks: dict[str, int] = {}

        def show(done: int, total: int, label: str) -> None:
            if label not in tasks:
                tasks[label] = progress.add_task(label)
                if progress.disable:
                    ERRORS.print(label, markup=False)
            progress.update(tasks[label], completed=done, total=total)

        yield show


def _ask(arguments: argparse.Namespace) -> int:
    import qsql  # heavy: only when asked
    from qsql.accepted import FILE, Accepted
    from qsql.warm import read_once

    settings = settings_from(arguments)
    limits = qsql.Limits(settings.max_rows, settings.seconds)
    with progress_bar() as progress:
        database = qsql.open_database(settings.database, settings, progress)
    for notice in database.notices:
        ERRORS.print(notice, markup=False)
    question = qsql.Question(arguments.question, arguments.evidence)
    with closing(database), closing(load(settings)) as model, ERRORS.status("The model reads the tables and writes SQL"):
        accepted = Accepted(settings.data / FILE)
        plan = qsql.Plan.of(settings.effort, settings.sample_rows)
        read_once(database, model, plan)
        answer = qsql.ask(database, question, model, limits=limits, plan=plan, accepted=accepted)
    FORMATS[arguments.format](answer)
    for sentence in (*answer.notices, *answer.best.changes, *([str(answer.error)] if answer.error else [])):
        ERRORS.print(sentence, markup=False)
    return 1 if answer.error else 0


def _print_table(answer: Answer) -> None:
    from qsql import show

    console = Console(highlight=False)
    if answer.sql:
        console.print(answer.sql, markup=False, soft_wrap=True)
    if answer.result is None:
        return
    table = Table()
    for name, kind in zip(answer.result.column_names, answer.result.schema.types):
        table.add_column(_plain(name), justify="right" if show.is_number(kind) else "left", overflow="fold")
    for row in show.rows(answer.result.slice(0, MAX_SHOWN)):
        table.add_row(*(_plain(show.text(value)) for value in row))
    console.print(table)
    console.print(_count(answer), markup=False)


def _count(answer: Answer) -> str:
    total = answer.result.num_rows
    words = "1 row" if total == 1 else f"{total:,} rows"
    shown = f", the first {MAX_SHOWN} shown" if total > MAX_SHOWN else ""
    counted = f"First {words} of more{shown}." if answer.truncated else f"{words}{shown}."
    return counted + (f" {answer.vote.agreed} of {answer.vote.voted} candidates gave these rows." if answer.vote else "")


def _print_csv(answer: Answer) -> None:
    from qsql import show

    if answer.result is not None:
        sys.stdout.write(show.as_csv(answer.result))


def _print_json(answer: Answer) -> None:
    from qsql import show

    sys.stdout.write(show.as_json(answer) + "\n")


FORMATS: dict[str, Callable[[Answer], None]] = {"table": _print_table, "csv": _print_csv, "json": _print_json}


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _models(arguments: argparse.Namespace) -> int:
    from qsql.models import resolve, survey

    settings = Settings.load()
    if arguments.server:
        return _models_of(arguments.server, settings)
    if arguments.fetch:
        with progress_bar() as progress:
            weights = resolve(arguments.fetch, settings, progress)
        warn_of_licence(arguments.fetch)
        Console(highlight=False).print(f"{weights.name} is here: {weights.source}", markup=False, soft_wrap=True)
        return 0
    table = Table(box=box.SIMPLE, pad_edge=False, padding=(0, 1))
    for heading in ("model", "", "size", "memory", "fits", "on disk", "licence"):
        table.add_column(heading, no_wrap=True)
    for model in survey(settings):
        marks = ("yes" if model.fits else "no", "yes" if model.on_disk else "no")
        picked = "auto" if model.automatic else ""
        table.add_row(model.name, picked, _gigabytes(model.bytes), _gigabytes(model.memory), *marks, model.licence)
    Console().print(table)
    return 0


def _models_of(name: str, settings: Settings) -> int:
    """What the servers at these addresses offer, as --model takes it."""
    from qsql.models import offered_at
    from qsql.models.addresses import addresses, bare

    table, offered = Table(box=box.SIMPLE, pad_edge=False, padding=(0, 1)), offered_at(name, settings)
    for heading in ("--model", "context"):
        table.add_column(heading, overflow="fold")
    for model in offered:
        table.add_row(_plain(f"{','.join(map(bare, addresses(name)))}#{model.id}"), f"{model.context:,}" if model.context else "")
    Console(highlight=False).print(table)
    return 0


def _evaluate(arguments: argparse.Namespace) -> int:
    from qsql.evaluate.command import Screen, run_command  # heavy: only when asked

    if bool(arguments.folder) == bool(arguments.compare):
        arguments.misused("give either a folder or --compare A B")
    options = merged(arguments, add_model)
    return run_command(options, settings_from(options), Screen(load, progress_bar, ERRORS))


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
