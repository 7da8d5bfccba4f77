"""Where attacks send things: one TCP and one UDP port for each case, so that even a bare connection tells whose it was."""

import re
import socket
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

_ANSWER = (
    b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Type: text/javascript\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)


class Collector:
    """`hits[case]` holds the first words of the paths that were asked for, "connected", and "udp"."""

    def __init__(self) -> None:
        self.hits: dict[str, set[str]] = defaultdict(set)
        self._sockets: list[socket.socket] = []

    def address(self, case: str) -> str:
        """Open a port for `case`; host:port."""
        tcp, udp = _port_pair()
        self._sockets += (tcp, udp)
        for listen, opened in ((self._accept, tcp), (self._receive, udp)):
            threading.Thread(target=listen, args=(case, opened), daemon=True).start()
        return f"127.0.0.1:{tcp.getsockname()[1]}"

    def close(self) -> None:
        for opened in self._sockets:
            opened.close()

    def _accept(self, case: str, tcp: socket.socket) -> None:
        while True:
            try:
                connection, _ = tcp.accept()
            except OSError:
                return
            self.hits[case].add("connected")
            threading.Thread(target=self._answer, args=(case, connection), daemon=True).start()

    def _answer(self, case: str, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(5)
            try:
                asked = re.match(rb"[A-Z]+ /([\w-]*)", connection.recv(4096))
                if asked and asked.group(1):
                    self.hits[case].add(asked.group(1).decode())
                connection.sendall(_ANSWER)
            except OSError:
                pass

    def _receive(self, case: str, udp: socket.socket) -> None:
        while True:
            try:
                udp.recv(4096)
            except OSError:
                return
            self.hits[case].add("udp")


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()
    try:
        yield collector
    finally:
        collector.close()


def _port_pair() -> tuple[socket.socket, socket.socket]:
    """The same free port for both."""
    while True:
        tcp, udp = socket.create_server(("127.0.0.1", 0), backlog=64), socket.socket(type=socket.SOCK_DGRAM)
        try:
            udp.bind(tcp.getsockname())
            return tcp, udp
        except OSError:
            tcp.close()
            udp.close()
