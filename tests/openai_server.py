"""Servers of the OpenAI protocol on this machine: a real one, llama.cpp's own, and one that says what a test tells it to say."""

import json
import secrets
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Address:
    url: str
    key: str


@contextmanager
def llama_server(gguf: str):
    """llama.cpp's HTTP server, in threads of this process, so that the time it computes can be seen from here."""
    import xllamacpp

    params, key = xllamacpp.CommonParams(), secrets.token_hex()
    params.model.path, params.api_keys = gguf, [key]
    params.n_ctx, params.n_parallel, params.kv_unified = 2048, 4, True
    params.n_batch = params.n_ubatch = 16  # the one that is computed when a client leaves is finished
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.model_alias = {"small"}
    params.verbosity, params.ui, params.cache_ram_mib = -1, False, 0
    server = xllamacpp.Server(params)
    server.handle_completions({"prompt": "SELECT", "n_predict": 1})
    yield Address(server.listening_address + "/v1", key)
    del server


@dataclass
class Says:
    """What the scripted server answers with, and what it was asked: headers and body of each request for a text.

    Asked for its models it lists `models`; where that is None, it answers as to everything else.
    """

    status: int = 200
    body: bytes = b""
    kind: str = "text/event-stream"
    models: tuple[str, ...] | None = ("m",)
    more: dict[str, object] = field(default_factory=dict)  # that it tells of each model
    asked: list[tuple[dict, dict]] = field(default_factory=list)

    def act(self, handler: "_Handler") -> None:
        """Answer; a test may do otherwise."""
        to = {"Location": self.body.decode()} if 300 <= self.status < 400 else {}
        handler.answer(self.status, self.body, self.kind, **to)


def events(*chunks: dict, done: bool = True) -> bytes:
    """A stream's body."""
    lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
    return "".join(lines + ["data: [DONE]\n\n"] * done).encode()


def chunk(text: str | None = None, index: int = 0, reason: str | None = None, **more) -> dict:
    """One event of a stream."""
    choice = {"index": index, "delta": {"content": text}, "finish_reason": reason}
    return {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice], **more}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        says = self.server.says
        if says.models is None:
            self.do_POST()
        else:
            listed = {"object": "list", "data": [{"id": name, "object": "model", **says.more} for name in says.models]}
            self.answer(200, json.dumps(listed).encode(), "application/json")

    def do_POST(self) -> None:
        says = self.server.says
        length = int(self.headers.get("Content-Length") or 0)
        says.asked.append((dict(self.headers), json.loads(self.rfile.read(length) or b"{}")))
        says.act(self)

    def answer(self, status: int, body: bytes, kind: str, length: int | None = None, **headers: str) -> None:
        """`length` is what is announced, where that is not what comes."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args) -> None:
        pass


@contextmanager
def scripted_server(says: Says):
    """The address of a server that answers every request with `says`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.says, server.daemon_threads = says, True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()
    thread.join()
