"""The others' side of benchmarks/peers.py, for an interpreter that has their libraries: a question in, the model's SQL out, as JSON lines.

Each of SYSTEMS opens a database as its library's documentation says, and gives a function from a question to the text that the library
takes for SQL. Knows nothing of qsql; benchmarks/peers.md says what was chosen where there was a choice.
"""

import argparse
import contextlib
import io
import json
import sqlite3
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import httpx

Ask = Callable[[str], str]
DIMENSIONS = 512
ALL = 1000  # rows of an answer, as qsql takes them at most; statements of a schema


def main() -> None:
    """A line of stdin is {system, path, question or null}; null only opens the database. What the libraries print is dropped."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("url", "key", "model"):
        parser.add_argument(name)
    parser.add_argument("seconds", type=float)
    others = Others(parser.parse_args())
    for line in sys.stdin:
        with contextlib.redirect_stdout(io.StringIO()):
            answer = others.answer(**json.loads(line))
        print(json.dumps(answer), flush=True)


class Others:
    """The systems, opened once for each database; `used` is what the server says of the tokens of each request."""

    def __init__(self, server: argparse.Namespace) -> None:
        self.server, self.used = server, Counter()
        self.http = httpx.Client(timeout=600, event_hooks={"response": [self._count]})
        self.open = cache(lambda system, path: SYSTEMS[system](Path(path), self))

    def answer(self, system: str, path: str, question: str | None) -> dict:
        ask = self.open(system, path)
        self.used.clear()
        start = time.perf_counter()
        try:
            told = {"text": ask(question) if question else "", "error": None}
        except Exception as error:  # whatever a library raises is an answer that it did not give
            told = {"text": "", "error": f"{type(error).__name__}: {error}"[:500]}
        return told | {"seconds": time.perf_counter() - start, "tokens": {"prompt": 0, "cached": 0, "completion": 0} | self.used}

    def _count(self, response: httpx.Response) -> None:
        response.read()
        usage = response.json().get("usage") or {} if response.is_success else {}
        cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens", 0)
        self.used.update(prompt=usage.get("prompt_tokens", 0), cached=cached, completion=usage.get("completion_tokens", 0))


def read_only(path: Path, seconds: float) -> sqlite3.Connection:
    """A connection on which a query ends after `seconds`."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
    connection.text_factory = lambda raw: raw.decode(errors="replace")
    started = [time.monotonic()]
    connection.set_trace_callback(lambda _: started.__setitem__(0, time.monotonic()))
    connection.set_progress_handler(lambda: time.monotonic() - started[0] > seconds, 10_000)
    return connection


def vanna(path: Path, others: Others) -> Ask:
    """Trained on the statements of the schema; it may look at the data, and does not train itself on answers that nobody checked."""
    import pandas
    from openai import OpenAI
    from vanna.legacy.chromadb import ChromaDB_VectorStore
    from vanna.legacy.openai import OpenAI_Chat

    class Vanna(ChromaDB_VectorStore, OpenAI_Chat):
        def __init__(self, client: OpenAI, config: dict) -> None:
            ChromaDB_VectorStore.__init__(self, config=config)
            OpenAI_Chat.__init__(self, client=client, config=config)

    client = OpenAI(base_url=others.server.url, api_key=others.server.key, http_client=others.http, max_retries=0)
    how = {"model": others.server.model, "temperature": 0.0, "path": tempfile.mkdtemp(), "n_results_ddl": ALL}
    system = Vanna(client, how | {"embedding_function": embedder()})
    connection = read_only(path, others.server.seconds)
    system.dialect, system.run_sql_is_set = "SQLite", True
    system.run_sql = lambda sql: pandas.read_sql_query(sql, connection)
    for ddl in system.run_sql("SELECT type, sql FROM sqlite_master WHERE sql IS NOT NULL")["sql"]:
        system.train(ddl=ddl)
    return lambda question: system.generate_sql(question, allow_llm_to_see_data=True)


def langchain(path: Path, others: Others) -> Ask:
    """The chain that writes a query, with the prompt that it has for SQLite."""
    from langchain_classic.chains import create_sql_query_chain
    from langchain_community.utilities import SQLDatabase
    from langchain_openai import ChatOpenAI

    server = {"base_url": others.server.url, "api_key": others.server.key, "http_client": others.http, "max_retries": 0}
    model = ChatOpenAI(model=others.server.model, temperature=0, **server)
    creator = {"creator": lambda: read_only(path, others.server.seconds)}
    chain = create_sql_query_chain(model, SQLDatabase.from_uri("sqlite://", engine_args=creator), k=ALL)
    return lambda question: chain.invoke({"question": question})


def embedder():
    """Hashed trigrams of letters for Chroma: its own embedder would be downloaded. All statements are found anyway; this only puts them in order."""
    import numpy
    from chromadb import EmbeddingFunction

    class Trigrams(EmbeddingFunction):
        def __init__(self) -> None:
            pass

        def __call__(self, input: list[str]) -> list:
            return [self._vector(text.lower()) for text in input]

        def _vector(self, text: str):
            vector = numpy.full(DIMENSIONS, 1e-6, dtype=numpy.float32)
            for start in range(len(text) - 2):
                vector[zlib.crc32(text[start : start + 3].encode()) % DIMENSIONS] += 1
            return vector / numpy.linalg.norm(vector)

    return Trigrams()


SYSTEMS = {"vanna": vanna, "langchain": langchain}

if __name__ == "__main__":
    main()
