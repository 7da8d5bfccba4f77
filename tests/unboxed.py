"""The control: the same pages in a plain frame of a plain page, where each attack succeeds."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_APP = """<title>{secret}</title><p id="app">{secret}</p>
<script>localStorage.secret = document.cookie = "secret={secret}"</script><iframe src="/page/{case}"></iframe>"""


@contextmanager
def unboxed(pages: Mapping[str, str], secret: str) -> Iterator[str]:
    """Serve `/app/<case>`, which frames `pages[case]` without any protection; gives the server's address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, _, case = self.path.strip("/").partition("/")
            text = pages.get(case, "") if kind == "page" else _APP.format(secret=secret, case=case)
            body = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
