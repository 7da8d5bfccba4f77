"""qsql against what people would use instead: the same weights, questions, databases and scorers, in one run.

python -m benchmarks.peers FOLDER OUT.jsonl [--model qwen2.5-coder-0.5b] [--questions 100] [--seed 1]
    [--systems qsql,bare,vanna,langchain] [--python-peers PYTHON]

FOLDER is in Spider's layout. The systems take turns, question by question. A line of OUT is one question and system, and what is there
already is not asked again; at the end it prints the table, over the questions that all systems have answered. Vanna and LangChain run
in the interpreter --python-peers, which needs benchmarks/requirements-peers.txt; benchmarks/peers.md says how each is set up.
"""

import argparse
import json
import random
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from statistics import mean

from qsql.databases.base import Limits
from qsql.errors import BadInput, QsqlError
from qsql.evaluate.cases import Case, Suite, read_lines, read_suite, select
from qsql.evaluate.command import plan_from
from qsql.evaluate.run import PATIENCE, Opened, line_of
from qsql.evaluate.score import Side, score
from qsql.evaluate.summary import compare, summarize
from qsql.models import catalog, fetch, llamacpp, transformers
from qsql.models.base import Model, Options, Weights
from qsql.models.cores import threads
from qsql.plan import Plan
from qsql.settings import Settings
from qsql.sql import extract_sql, read_query
from qsql.steps.knowledge import knowledge_of
from qsql.warm import read_once

SYSTEMS = ("qsql", "bare", "vanna", "langchain")
NO_SQL = ("NoSqlFound", "CannotAnswer", "PeerFailed")  # any other error is one of SQL that does not execute
SLOTS = 4  # of the server, as llama.cpp's own has them
SHOWN = ("id", "system", "seconds", "error")
TOKENS = (  # in, of those not in a cache, out
    lambda line: line["tokens"]["prompt"],
    lambda line: line["tokens"]["prompt"] - line["tokens"]["cached"],
    lambda line: line["tokens"]["completion"],
)


def main() -> None:
    arguments = _arguments()
    out, systems = Path(arguments.out), arguments.systems.split(",")
    suite = chosen(read_suite(arguments.folder), arguments.questions, arguments.seed)
    done = read_lines(out) if out.exists() else []
    with ExitStack() as stack, out.open("a", encoding="utf-8") as file:
        for line in asked(suite, systems, arguments, done, stack):
            done.append(line)
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()
            print(json.dumps({name: line[name] for name in SHOWN} | {"spider": line["scores"]["spider"]}, ensure_ascii=False), flush=True)
    ids = {case.id for case in suite.cases}
    print(table([line for line in done if line["model"] == arguments.model and line["id"] in ids], systems))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("out")
    parser.add_argument("--model", default="qwen2.5-coder-0.5b")
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--systems", default=",".join(SYSTEMS))
    parser.add_argument("--python-peers", default=sys.executable)
    return parser.parse_args()


def chosen(suite: Suite, count: int, seed: int) -> Suite:
    """So many of the questions in the seed's order, so that more of them hold the fewer; then those on one database together. Raises BadInput."""
    cases = list(suite.cases)
    random.Random(seed).shuffle(cases)
    return select(replace(suite, cases=tuple(sorted(cases[:count], key=attrgetter("database")))))


Answering = Callable[[Case, Opened, Path], dict]


def asked(suite: Suite, systems: Sequence[str], arguments: argparse.Namespace, done: list[dict], stack: ExitStack):
    """A line for each question and system that has none yet. Each system comes first in turn."""
    known = {(line["model"], line["system"], line["id"]) for line in done}
    left = {case.id: [name for name in systems if (arguments.model, name, case.id) not in known] for case in suite.cases}
    ways, turn = opened_systems({name for names in left.values() for name in names}, arguments, stack), 0
    for database, cases in groupby((case for case in suite.cases if left[case.id]), attrgetter("database")):
        path = suite.files[database].resolve()
        with closing(suite.open(database, Settings.load())) as given:
            knowledge_of(given, PATIENCE)
            side = Side(given)
            for case in cases:
                turn += 1
                for name in _turned(left[case.id], turn):
                    line = ways[name](case, Opened(given, side, side), path)
                    yield line | {"system": name, "model": arguments.model, "group": name}


def _turned(names: list[str], turn: int) -> list[str]:
    first = turn % len(names)
    return [*names[first:], *names[:first]]


def opened_systems(names: set[str], arguments: argparse.Namespace, stack: ExitStack) -> dict[str, Answering]:
    """Those that are needed, with the model loaded."""
    settings = Settings.load()
    entry = catalog.find(arguments.model)
    if entry is None:
        raise BadInput(f"There is no model {arguments.model!r}.", "See `python app.py models`.")
    gguf = fetch.fetch(entry.form("llamacpp"), settings)
    ways = {}
    if "qsql" in names:
        model = stack.enter_context(closing(llamacpp.load(Weights("llamacpp", entry.name, str(gguf)), settings)))
        ways["qsql"] = lambda case, opened, path: after_reading(case, opened, model)
    if "bare" in names:
        unpacked = stack.enter_context(closing(unpack(gguf, settings)))
        ways["bare"] = lambda case, opened, path: line_of(case, opened, unpacked, plan_from({"plain": True}))
    if others := names - {"qsql", "bare"}:
        peers = stack.enter_context(Peers(Server(gguf, settings), arguments.python_peers, settings))
        ways |= {name: Peer(name, peers) for name in others}
    return ways


def after_reading(case: Case, opened: Opened, model: Model) -> dict:
    """As the app does it: the tables are read when a database is opened, before the clock starts; `ahead` says in how many seconds."""
    start = time.perf_counter()
    read_once(opened.asked, model)
    ahead = time.perf_counter() - start
    return line_of(case, opened, model, Plan()) | {"ahead": round(ahead, 3)}


def unpack(gguf: Path, settings: Settings):
    """The same weights in 32 bits, run by transformers."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    torch.set_num_threads(settings.threads or threads())
    how = {"dtype": torch.float32, "quantization_config": GgufConfig(dequantize=True)}
    weights = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, **how)
    return transformers.writer(gguf.stem, weights, AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name), llamacpp.CONTEXT)


class Server:
    """llama.cpp's HTTP server on this machine, as it comes, but with qsql's context, threads and most tokens of an answer."""

    def __init__(self, gguf: Path, settings: Settings) -> None:
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path, params.n_ctx, params.n_predict = str(gguf), llamacpp.CONTEXT, Options().max_tokens
        params.n_parallel, params.kv_unified = SLOTS, True
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = settings.threads or threads()
        self.key = secrets.token_hex()
        params.verbosity, params.ui, params.api_keys = -1, False, [self.key]
        self._server, self.model = xllamacpp.Server(params), gguf.stem
        self._server.handle_completions({"prompt": "SELECT", "n_predict": 1})
        self.url = f"{self._server.listening_address}/v1"


class Peers:
    """The process of benchmarks/peers_others.py."""

    def __init__(self, server: Server, python: str, settings: Settings) -> None:
        command = [python, str(Path(__file__).with_name("peers_others.py")), server.url, server.key, server.model, str(settings.seconds)]
        self._server, self._process = (
            server,
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"),
        )

    def ask(self, system: str, path: Path, question: str | None) -> dict:
        self._process.stdin.write(json.dumps({"system": system, "path": str(path), "question": question}) + "\n")
        self._process.stdin.flush()
        if not (line := self._process.stdout.readline()):
            raise BadInput(f"{system} has ended.", "Its reason stands above; see benchmarks/requirements-peers.txt.")
        return json.loads(line)

    def __enter__(self) -> "Peers":
        return self

    def __exit__(self, *_) -> None:
        self._process.stdin.close()
        self._process.wait(60)


@dataclass(frozen=True)
class Peer:
    """Asks one of them; qsql's reader finds the SQL in what it gives, and qsql's process runs it, as for all others."""

    name: str
    peers: Peers

    def __call__(self, case: Case, opened: Opened, path: Path) -> dict:
        self.peers.ask(self.name, path, None)  # it is trained, or reads the tables, before the clock starts
        told = self.peers.ask(self.name, path, case.question)
        start = time.perf_counter()
        sql, error = ran(told, opened)
        seconds = told["seconds"] + time.perf_counter() - start
        scores, gold_error = score(case.gold, opened.gold, None if error else sql, opened.predicted)
        return {
            **{"id": case.id, "database": case.database, "question": case.question, "gold": case.gold},
            **{"sql": sql, "text": told["text"], "scores": scores, "error": error, "gold_error": gold_error},
            **{"seconds": round(seconds, 3), "tokens": told["tokens"]},
        }


def ran(told: dict, opened: Opened) -> tuple[str | None, str | None]:
    """The SQL in a peer's answer, and why it does not run."""
    if told["error"]:
        return None, f"PeerFailed: {told['error']}"
    sql = None
    try:
        sql = extract_sql(told["text"], opened.asked.dialect)
        opened.asked.run(read_query(sql, opened.asked.dialect), Limits())
    except QsqlError as error:
        return sql, f"{type(error).__name__}: {error}"
    return sql, None


def table(lines: list[dict], systems: Sequence[str]) -> str:
    """Over the questions that all systems were asked; scores in percent with their 95 % interval, tokens a question."""
    by = {name: {line["id"]: line for line in lines if line["system"] == name} for name in systems}
    shared = sorted(set.intersection(*(set(found) for found in by.values())))
    if not shared:
        return "No question was put to all of them yet."
    heads = [
        "system",
        "spider",
        "qwen",
        "to qsql, by spider",
        "by qwen",
        "s, median",
        "s, 95 %",
        "tokens in",
        "read anew",
        "out",
        "no SQL",
        "does not execute",
    ]
    rows = [heads, ["---"] * len(heads), *(_row(name, [by[name][each] for each in shared], by.get("qsql", {})) for name in systems)]
    return f"{len(shared)} questions\n\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(name: str, lines: list[dict], qsql: dict[str, dict]) -> list[str]:
    (figures,) = summarize(lines)
    shares = [figures.scores[scorer] for scorer in ("spider", "qwen")]
    paired = {each.scorer: each.share for each in compare([qsql[line["id"]] for line in lines], lines)} if qsql and name != "qsql" else {}
    kinds = [line["error"].partition(":")[0] in NO_SQL for line in lines if line["error"]]
    return [
        name,
        *(f"{100 * share.mean:.1f} ({100 * share.low:.0f} to {100 * share.high:.0f})" for share in shares),
        *(_points(paired.get(scorer)) for scorer in ("spider", "qwen")),
        *(f"{figures.median_seconds:.1f}", f"{figures.slowest_seconds:.1f}"),
        *(f"{mean(map(count, lines)):,.0f}" for count in TOKENS),
        *(str(kinds.count(True)), str(kinds.count(False))),
    ]


def _points(share) -> str:
    return f"{100 * share.mean:+.1f} ({100 * share.low:+.0f} to {100 * share.high:+.0f})" if share else ""


if __name__ == "__main__":
    main()
