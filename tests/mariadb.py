"""A real MariaDB for the tests: a private server in a temporary folder, on a free port of this machine."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.postgres import PASSWORD, free_port, ordinary_user

SETTINGS = ("--bind-address=127.0.0.1", "--skip-name-resolve", "--skip-log-bin", "--secure-file-priv=", "--max-connections=50")
FAST = ("--innodb-flush-method=nosync", "--innodb-flush-log-at-trx-commit=2", "--skip-innodb-doublewrite")
SMALL = ("--innodb-buffer-pool-size=32M", "--innodb-log-file-size=8M", "--performance-schema=OFF")
FIRST = f"""
CREATE OR REPLACE USER root@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';
GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;
"""
QUIET = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)


@contextmanager
def server() -> Iterator[str]:
    """Start it and give "host:port"; stop it afterwards. Its superuser is root, with PASSWORD."""
    with prepared() as folder, running(folder, free_port()) as where:
        yield where


@contextmanager
def prepared() -> Iterator[Path]:
    """A folder with the files of a server that may be started in it."""
    install = _program("mariadb-install-db")
    folder = Path(tempfile.mkdtemp(prefix="qsql-mariadb-"))
    try:
        (folder / "first.sql").write_text(FIRST, encoding="utf-8")
        options = [*_common(folder), "--skip-test-db", "--auth-root-authentication-method=normal"]
        subprocess.run([install, *options], check=True, timeout=120, **QUIET, **ordinary_user(folder, "mysql"))
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(folder: Path, port: int, *settings: str) -> Iterator[str]:
    """The server in `folder`, which is killed afterwards: from one start to the next it keeps its tables."""
    own = [f"--port={port}", f"--socket={folder / 'socket'}", f"--pid-file={folder / 'pid'}", f"--init-file={folder / 'first.sql'}"]
    command = [_program("mariadbd"), *_common(folder), *SETTINGS, *FAST, *SMALL, *own, *settings]
    process = subprocess.Popen(command, cwd=folder, **QUIET, **ordinary_user(folder, "mysql"))
    try:
        _wait_until_it_answers(process, port)
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        pytest.skip(f"MariaDB is not installed: there is no {name} in PATH or /usr/sbin")
    return found


def _common(folder: Path) -> list[str]:
    return ["--no-defaults", f"--datadir={folder / 'data'}", f"--tmpdir={folder}"]


def _wait_until_it_answers(process: subprocess.Popen, port: int) -> None:
    import pymysql

    for _ in range(600):
        assert process.poll() is None, f"MariaDB ended with {process.returncode}"
        try:
            with closing(pymysql.connect(host="127.0.0.1", port=port, user="root", password=PASSWORD, connect_timeout=5)):
                return
        except pymysql.OperationalError:
            time.sleep(0.1)
    raise AssertionError("MariaDB did not answer")
