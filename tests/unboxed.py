"""The control: the same pages in a plain frame of a plain page, where each attack succeeds."""

import re
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_FRAMED = (
    '<title>{title}</title><p id="app">{title}</p><script>{script}</script><iframe width="600" height="400" src="/page/{case}"></iframe>'
)


@contextmanager
def unboxed(pages: Mapping[str, str], title: str, script: str, heard: defaultdict[str, set[str]]) -> Iterator[str]:
    """Serve `/app/<case>`, which runs `script` and frames `pages[case]` without any protection; gives the server's address.

    A request that names a case in its query is noted in `heard`.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if asked := re.search(r"asked-by=([\w-]+)", self.path):
                heard[asked.group(1)].add("asked")
            kind, _, case = self.path.strip("/").partition("/")
            text = pages.get(case, "") if kind == "page" else _FRAMED.format(title=title, script=script, case=case)
            body = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Server(ThreadingHTTPServer):
    """Says nothing of a browser that hangs up."""

    def handle_error(self, *_) -> None:
        pass
