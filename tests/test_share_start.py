"""How sharing begins, or does not."""

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

import app
from qsql.models.echo import Echo
from qsql.settings import Settings
from qsql.share.serving import Share, make_password, opening_words
from tests.servers import closed_port
from tests.sharing import PASSWORD

ROOT = Path(__file__).parent.parent


def run_app(tmp_path, *arguments: str, **environment: str) -> subprocess.Popen:
    """The app in a process of its own, in a folder of its own."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("QSQL_")}
    own = {"QSQL_DATA": str(tmp_path), "HF_HOME": str(tmp_path / "hub"), "PYTHONUNBUFFERED": "1", "TMPDIR": str(tmp_path)}
    command = [
        sys.executable,
        str(ROOT / "app.py"),
        "--model",
        "echo",
        "--database",
        str(tmp_path / "shop.csv"),
        "--no-browser",
        *arguments,
    ]
    (tmp_path / "shop.csv").write_text("item,price\ntea,3\n", encoding="utf-8")
    return subprocess.Popen(
        command, cwd=tmp_path, env={**bare, **own, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@contextmanager
def ending(process: subprocess.Popen):
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def tunnel_program(tmp_path) -> str:
    """A program in the place of Gradio's, which says that the tunnel is open and keeps it so."""
    from gradio import tunneling

    program = tmp_path / "hub" / "gradio" / "frpc" / tunneling.BINARY_FILENAME
    program.parent.mkdir(parents=True)
    program.write_text(
        f"#!{sys.executable}\nimport time\nprint('start proxy success: http://abc.tunnel.example', flush=True)\ntime.sleep(600)\n"
    )
    program.chmod(0o700)
    return "127.0.0.1:9"  # the server that it would speak to


def test_a_link_is_told_with_a_new_password_once_and_answers_to_its_name(tmp_path):
    port = closed_port().rpartition(":")[2]
    with ending(run_app(tmp_path, "--share", "--port", port, GRADIO_SHARE_SERVER_ADDRESS=tunnel_program(tmp_path))) as process:
        said = ""
        while "Ctrl+C" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        password = re.search(r"Password: (\S+)", said)[1]
        assert (
            "qsql is shared at http://abc.tunnel.example" in said and "read every table of shop.csv" in said and str(tmp_path) not in said
        )
        link = {"base_url": f"http://127.0.0.1:{port}", "trust_env": False}
        with httpx.Client(**link, headers={"host": "abc.tunnel.example", "origin": "https://abc.tunnel.example"}) as client:
            assert client.post("/login", data={"password": "wrong"}).status_code == 401
            assert client.get("/config").status_code == 401
            assert client.post("/login", data={"password": password}).status_code == 200
        assert httpx.get(f"http://127.0.0.1:{port}", headers={"host": "other.tunnel.example"}, trust_env=False).status_code == 400
        process.terminate()
        said += process.stdout.read()
        assert said.count(password) == 1 and not list(tmp_path.glob("qsql-*"))


def test_without_a_tunnel_nothing_is_shared_and_it_says_what_to_do(tmp_path):
    nowhere, port = closed_port(), closed_port().rpartition(":")[2]
    with ending(
        run_app(
            tmp_path,
            "--share",
            "--port",
            port,
            HTTPS_PROXY=nowhere,
            HTTP_PROXY=nowhere,
            ALL_PROXY=nowhere,
            NO_PROXY="",
            GRADIO_SHARE_SERVER_ADDRESS="127.0.0.1:9",
        )
    ) as process:
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "fetched once now" in said and "No public link could be had, so nothing is shared." in said and "--host 0.0.0.0" in said
        assert "Traceback" not in said and "Password" not in said


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (("--host", "198.51.100.77"), "198.51.100.77"),
        (("--host", "no such name"), "'no such name' is no address of this machine."),
        (("--share", "--password", "short"), "The password is too short."),
        (("--port", "99999999"), "cannot be used"),
    ],
)
def test_what_cannot_be_shared_says_so(arguments, sentence, capsys):
    assert app.main([*arguments, "--model", "echo", "--no-browser"]) == 1
    assert sentence in capsys.readouterr().err


def test_the_owner_is_told_what_is_exposed(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "gradio"))
    settings = Settings.load(host="192.168.1.20", port=7861, share_idle=30, share_minute=7, data=tmp_path)
    _, workspace = app.build(settings, lambda: Echo())
    words = opening_words(Share(settings, workspace.visitors, PASSWORD), workspace.first)
    workspace.close()
    for said in (
        "http://192.168.1.20:7861",
        PASSWORD,
        "every table of sample",
        "7 a minute",
        "100 MB",
        "30 minutes",
        "Ctrl+C",
        "listen on the network",
    ):
        assert said in words
    given = Share(replace(settings, password=PASSWORD), workspace.visitors, PASSWORD)
    assert PASSWORD not in opening_words(given, "sample") + repr(given)


def test_a_made_password_is_long_and_another_each_time():
    made = {make_password() for _ in range(100)}
    assert len(made) == 100 and all(re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", password) for password in made)
