"""A real PostgreSQL for the tests: a private cluster in a temporary folder, on a free port of this machine."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PASSWORD = "s3cret-w0rd"


@contextmanager
def server() -> Iterator[str]:
    """Start it and give "host:port"; stop it afterwards. Its superuser is postgres, with PASSWORD."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: there is no initdb in PATH or /usr/lib/postgresql")
    folder = Path(tempfile.mkdtemp(prefix="qsql-postgres-"))
    data, secret, port = folder / "data", folder / "secret", free_port()
    secret.write_text(PASSWORD, encoding="utf-8")
    who = ordinary_user(folder, "postgres")
    settings = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='' -c fsync=off"
    try:
        _call(
            who,
            programs / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "-A",
            "scram-sha-256",
            f"--pwfile={secret}",
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
        )
        _call(who, programs / "pg_ctl", "-D", data, "-w", "-t", "60", "-l", folder / "log", "-o", settings, "start")
        yield f"127.0.0.1:{port}"
    finally:
        if (data / "postmaster.pid").exists():  # where pg_ctl finds which process to stop
            _call(who, programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path | None:
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((folder for folder in reversed(folders) if (folder / "initdb").exists()), None)


def ordinary_user(folder: Path, name: str) -> dict:
    """Servers refuse to run as root: then they run as the user of that name, or as nobody, and the folder is theirs."""
    if os.getuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    name = name if name in names else "nobody"
    for path in (folder, *folder.iterdir()):
        shutil.chown(path, name)
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}


def _call(who: dict, program: Path, *arguments: object) -> None:
    # Its output goes nowhere: the server keeps what it is given, and a pipe would stay open as long as it runs.
    quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    done = subprocess.run([str(program), *map(str, arguments)], cwd="/", timeout=120, **quiet, **who)
    assert done.returncode == 0, f"{program.name} failed with {done.returncode}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
