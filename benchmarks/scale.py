"""Two processes of the app behind one proxy, and two servers of one model behind them: what is answered, and how soon.

python -m benchmarks.scale: needs nginx and the 0.5B, which is fetched where it is not here; all on this machine's own address; some minutes.
"""

import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import httpx
import psutil

from tests.sharing import Guest, Site
from tests.visited import rows, things

VISITORS, EACH, MOST = 6, 3, 120.0  # who ask at once; questions of each; seconds that one may take
SMALL = "0.5b"

PROXY = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors warn;
events {{}}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/a; uwsgi_temp_path {folder}/b; scgi_temp_path {folder}/c;
  upstream qsql {{ {stick} {servers} }}
  server {{
    listen 127.0.0.1:{port};
    userid on; userid_name qsql_process; userid_path /; userid_expires 1d;
    location / {{
      proxy_pass http://qsql;
      proxy_http_version 1.1;
      proxy_buffering off;
      proxy_read_timeout 1h;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      add_header X-Process $upstream_addr always;
    }}
  }}
}}
"""
FAILED = re.compile(r'class=\\*"failed\\*"[^>]*>([^<]+)')
STICKY = "hash $uid_got$uid_set consistent;"


@dataclass
class Asked:
    """What became of the questions of some visitors."""

    seconds: list[float] = field(default_factory=list)
    answered: int = 0
    failed: list[str] = field(default_factory=list)
    at: set[str] = field(default_factory=set)  # processes that answered

    def told(self, name: str, whole: float) -> str:
        spread = "" if not self.seconds else f"{statistics.median(self.seconds):.1f} | {max(self.seconds):.1f}"
        return f"| {name} | {self.answered} of {self.answered + len(self.failed)} | {spread or ' | '} | {whole:.0f} | {len(self.at) or 1} |"


@contextmanager
def program(*arguments: str):
    """Another process of this file; its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.scale", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        while not (line := process.stdout.readline()).startswith("http"):
            assert line, f"{arguments} has ended"
        yield SimpleNamespace(url=line.strip(), process=process)
    finally:
        process.kill()
        process.wait()


@contextmanager
def proxy(folder: Path, apps: list, stick: str):
    port = free_port()
    servers = " ".join(f"server {app.url.removeprefix('http://').rstrip('/')} max_fails=1 fail_timeout=10s;" for app in apps)
    folder.mkdir()
    (folder / "nginx.conf").write_text(PROXY.format(folder=folder, port=port, servers=servers, stick=stick))
    process = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=subprocess.PIPE)
    try:
        wait_for(port)
        yield SimpleNamespace(url=f"http://127.0.0.1:{port}", guests=[])
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port: int) -> None:
    for _ in range(100):
        try:
            httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit("nginx does not listen; is it installed?")


def visit(site, number: int, asked: Asked, questions: int) -> None:
    """One visitor, from the log-in on."""
    guest = Guest(site)
    guest.timeout = httpx.Timeout(MOST)
    for turn in range(questions):
        start = time.perf_counter()
        try:
            if turn == 0:
                welcome = guest.log_in()
                asked.at.add(welcome.headers.get("X-Process", ""))
                assert welcome.status_code == 200, f"log-in: {welcome.status_code}"
            told = guest.asked(f"How many things have owner {(number + turn) % 10}?")
            assert 'view":"{' in told and rows(told), FAILED.search(told)[1] if FAILED.search(told) else "no rows"
            asked.answered += 1
            asked.seconds.append(time.perf_counter() - start)
        except Exception as error:  # whatever it is, this visitor has no answer
            asked.failed.append(f"{type(error).__name__}: {str(error)[:80]}")
    guest.close()


def all_visit(site, visitors: int = VISITORS, questions: int = EACH) -> tuple[Asked, float]:
    asked, start = Asked(), time.perf_counter()
    with ThreadPoolExecutor(visitors) as pool:
        for one in [pool.submit(visit, site, number, asked, questions) for number in range(visitors)]:
            one.result()
    return asked, time.perf_counter() - start


def megabytes(process: subprocess.Popen) -> tuple[int, int]:
    """Of the app's process, and of those that it started for its databases."""
    own = psutil.Process(process.pid)
    children = own.children(recursive=True)
    return own.memory_info().rss // 10**6, sum(child.memory_info().rss for child in children) // 10**6


def measure(folder: Path) -> None:
    print("| arrangement | answered | median s | longest s | all, s | processes |\n|---|---|---|---|---|---|", flush=True)
    with ExitStack() as stack:
        first, second = (stack.enter_context(program("model")) for _ in range(2))
        apps = [stack.enter_context(program("app", f"{first.url}/v1,{second.url}/v1", str(folder / name))) for name in ("one", "two")]
        before = megabytes(apps[0].process)
        show("one process, without the proxy", *all_visit(SimpleNamespace(url=apps[0].url, guests=[])))
        after = megabytes(apps[0].process)
        with proxy(folder / "sticky", apps, STICKY) as site:
            show("two processes, a visitor stays with one", *all_visit(site))
            killer = threading.Timer(2.0, first.process.kill)
            killer.start()
            show("the same, one of the two models is killed meanwhile", *all_visit(site))
        with proxy(folder / "round", apps, "") as site:
            show("two processes, each request goes to the next", *all_visit(site, questions=1))
        with proxy(folder / "again", apps, STICKY) as site:
            apps[1].process.kill()
            apps[1].process.wait()
            show("one of the two processes is killed, visitors log in anew", *all_visit(site, questions=1))
    print(
        f"\nmemory of a process, MB: {before[0]} before, {after[0]} after {VISITORS} visitors; of its databases' processes {before[1]}, {after[1]}"
    )


def show(name: str, asked: Asked, whole: float) -> None:
    print(asked.told(name, whole), flush=True)
    for fault in sorted(set(asked.failed)):
        print(f"    {asked.failed.count(fault)} x {fault}", file=sys.stderr, flush=True)


def serve_app(model: str, folder: Path) -> None:
    """As --share does it, without the link; until its input ends."""
    from qsql.models import load_model
    from qsql.settings import Settings

    folder.mkdir()
    site = Site(folder, lambda: load_model(model, Settings()), database=things(folder), model=model, effort="low", share_questions=8)
    print(site.url, flush=True)
    sys.stdin.read()
    site.close()


def serve_model() -> None:
    """llama.cpp's own server with the 0.5B; until its input ends."""
    import xllamacpp

    from qsql.models import resolve
    from qsql.settings import Settings

    params = xllamacpp.CommonParams()
    params.model.path, params.model_alias = resolve(SMALL, Settings.load()).source, {SMALL}
    params.n_ctx, params.n_parallel, params.kv_unified = 8192, 4, True
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.verbosity, params.ui, params.cache_ram_mib = -1, False, 0
    server = xllamacpp.Server(params)
    server.handle_completions({"prompt": "SELECT", "n_predict": 1})
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["app", model, folder]:
            serve_app(model, Path(folder))
        case ["model"]:
            serve_model()
        case _:
            with tempfile.TemporaryDirectory(prefix="qsql-scale-") as folder:
                measure(Path(folder))
