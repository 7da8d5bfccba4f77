"""A server of this machine as if it were far away: what it answers comes some time later, as over a network, at full width."""

import queue
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

CHUNK = 65_536  # bytes


@contextmanager
def distant(address: str, seconds: float) -> Iterator[str]:
    """The address of a relay to that server; each round trip through it takes so many seconds more."""
    if not seconds:
        yield address
        return
    parts = urlsplit(address)
    with socket.create_server(("127.0.0.1", 0)) as relay:
        threading.Thread(target=_accept, args=(relay, (parts.hostname, parts.port), seconds), daemon=True).start()
        yield address.replace(f":{parts.port}", f":{relay.getsockname()[1]}")


def _accept(relay: socket.socket, server: tuple[str, int], seconds: float) -> None:
    with suppress(OSError):  # it is closed at the end
        while True:
            near, _ = relay.accept()
            far = socket.create_connection(server)
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_pass_on, args=(near, far, 0.0), daemon=True).start()
            threading.Thread(target=_pass_on, args=(far, near, seconds), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket, seconds: float) -> None:
    """What came is sent when its time has come; what comes meanwhile does not wait for it."""
    due = queue.SimpleQueue()

    def receive() -> None:
        data = b"all"
        while data:
            try:
                data = source.recv(CHUNK)
            except OSError:
                data = b""
            due.put((time.monotonic() + seconds, data))

    threading.Thread(target=receive, daemon=True).start()
    with suppress(OSError):
        while (told := due.get())[1]:
            time.sleep(max(0.0, told[0] - time.monotonic()))
            target.sendall(told[1])
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
