"""How a shared app is served: by which names, with which password, behind which door, and what its owner is told."""

import hmac
import secrets
import socket
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.middleware import Middleware

from qsql.errors import BadInput
from qsql.settings import HOST, Settings, is_local
from qsql.share.door import Door
from qsql.share.names import OwnName
from qsql.share.throttle import Throttle
from qsql.share.visitors import Visitors

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another
LOCAL = (HOST, "localhost")
EVERY = ("0.0.0.0", "::")  # every address of this machine


def make_password() -> str:
    """79 bits, to be read out on a telephone."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


@dataclass(frozen=True)
class Share:
    """`link` is the address of the public link, empty without one."""

    settings: Settings
    visitors: Visitors
    password: str = field(repr=False)
    link: str = ""
    throttle: Throttle = field(default_factory=Throttle)

    def right(self, name: str, password: str) -> bool:
        """For Gradio's log-in, which calls what is given a name; it takes as long for any password."""
        return hmac.compare_digest(password.encode(), self.password.encode())

    def middleware(self) -> list[Middleware]:
        host = self.settings.host
        mine = () if is_local(host) else (host.lower(), socket.gethostname().lower(), f"{socket.gethostname().lower()}.local")
        own = Middleware(OwnName, names=(*LOCAL, *mine), numbers=bool(mine), link=urlsplit(self.link).netloc)
        return [own, Middleware(Door, visitors=self.visitors, throttle=self.throttle)]


def listens_at(settings: Settings) -> str:
    return HOST if is_local(settings.host) else settings.host


def check_free(host: str, port: int) -> None:
    """Raises BadInput where this machine cannot listen there."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise BadInput(f"{host!r} is no address of this machine.", "Give one, or 0.0.0.0 for every one, with --host.") from error
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((place[0], port, *place[2:]))
        except (OSError, OverflowError) as error:
            hint = "Close what uses it, or choose another with --port."
            raise BadInput(f"Port {port} of {host} cannot be used on this machine.", hint) from error


def opening_words(share: Share, database: str) -> str:
    """What the person who shares is told, once: where it is, the password, what others may do, and how it ends."""
    settings, limits = share.settings, share.visitors.limits
    given = "the one that you gave" if settings.password else f"{share.password}   (shown only here and now)"
    plain = (
        "" if share.link else "\nThis is http: whoever can listen on the network can read the password. Use it on networks that you trust."
    )
    until = " A public link ends by itself after a week at the latest." if share.link else ""
    return f"""qsql is shared at {address(share)}
Password: {given}

Whoever has both can
  - read every table of {database}
  - ask 1 question at a time and {limits.questions_minute} a minute ({limits.questions} at once for all), and have pages written
  - upload {limits.upload_bytes / 1e6:,.0f} MB, and open {limits.databases} uploads at a time; they go when the tab is closed, or after {limits.idle / 60:.0f} minutes without use
The screen shows them no path of this machine, and nothing of each other.{plain}
It is shared until you press Ctrl+C here.{until}"""


def address(share: Share) -> str:
    """The address to give to others."""
    host = share.settings.host
    if host in EVERY:
        host = _own_address(host)
    return share.link or f"http://{f'[{host}]' if ':' in host else host}:{share.settings.port}"


def _own_address(host: str) -> str:
    """The one by which this machine would send to the world; nothing is sent."""
    family, elsewhere = (socket.AF_INET6, "2001:db8::1") if ":" in host else (socket.AF_INET, "192.0.2.1")
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((elsewhere, 9))
        except OSError:  # no network
            return socket.gethostname()
        return probe.getsockname()[0]
