"""Where attacks send things: one TCP and one UDP port for each case, so that even a bare connection tells whose it was."""

import re
import selectors
import socket
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_ANSWER = (
    b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Type: text/javascript\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)


class Collector:
    """`hits[case]` holds the first words of the paths that were asked for, "connected", and "udp". One thread listens on all ports."""

    def __init__(self) -> None:
        self.hits: dict[str, set[str]] = defaultdict(set)
        self._open = selectors.DefaultSelector()
        self._closing = False
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def address(self, case: str) -> str:
        """Open a port for `case`; host:port."""
        tcp, udp = _port_pair()
        for opened, what in ((tcp, self._accept), (udp, self._receive)):
            opened.setblocking(False)
            self._open.register(opened, selectors.EVENT_READ, (what, case))
        return f"127.0.0.1:{tcp.getsockname()[1]}"

    def close(self) -> None:
        self._closing = True
        self._listener.join()
        for key in list(self._open.get_map().values()):
            key.fileobj.close()
        self._open.close()

    def _listen(self) -> None:
        while not self._closing:
            for key, _ in self._open.select(timeout=0.2):
                what, case = key.data
                with suppress(OSError):
                    what(case, key.fileobj)

    def _accept(self, case: str, tcp: socket.socket) -> None:
        connection, _ = tcp.accept()
        self.hits[case].add("connected")
        connection.setblocking(False)
        self._open.register(connection, selectors.EVENT_READ, (self._answer, case))

    def _answer(self, case: str, connection: socket.socket) -> None:
        self._open.unregister(connection)
        with connection:
            asked = re.match(rb"[A-Z]+ /([\w-]*)", connection.recv(4096))
            if asked and asked.group(1):
                self.hits[case].add(asked.group(1).decode())
            connection.sendall(_ANSWER)

    def _receive(self, case: str, udp: socket.socket) -> None:
        udp.recv(4096)
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
