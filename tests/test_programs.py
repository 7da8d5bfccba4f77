"""docs/programs.md tells the truth: its examples run as they stand there, against the real app."""

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from gradio_client import Client

from qsql.ui import api
from tests.test_mcp import program

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs/programs.md").read_text(encoding="utf-8")


def examples(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def run(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def app():
    """Where the app is open, with the sample and the echo model."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [sys.executable, "app.py", "--model", "echo", "--database", "sample", "--port", place.rpartition(":")[2], "--no-browser"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline().startswith("qsql is open at ")
    yield place
    process.terminate()
    process.communicate(timeout=20)


def test_the_python_of_the_api_runs(app):
    (code,) = [code for code in examples("python") if "gradio_client" in code]
    said = run(sys.executable, "-c", code.replace("127.0.0.1:7860", app)).splitlines()
    assert said[0].startswith("SELECT * FROM airlines LIMIT 3 [['9E', 'Endeavor Air Inc.']")
    assert said[1].startswith("['origin', 'avg(dep_delay)'] [['EWR', 15.1") and said[2].startswith("['airlines', 'airports',")


def test_the_curl_runs(app):
    (code,) = examples("sh")
    said = run("bash", "-c", code.replace("127.0.0.1:7860", app))
    answer = json.loads(re.search(r"event: complete\ndata: (.*)", said)[1])[0]
    assert answer["rows"] == [["AirTran Airways Corporation"], ["Alaska Airlines Inc."]]


def test_the_python_of_the_library_runs():
    (code,) = [code for code in examples("python") if "import qsql" in code]
    assert run(sys.executable, "-c", code).startswith(
        "[{'name': 'AirTran Airways Corporation'}, {'name': 'Alaska Airlines Inc.'}]\n['airlines',"
    )


def test_a_host_starts_it_as_the_json_says(tmp_path):
    (host,) = map(json.loads, examples("json"))
    ((name, how),) = host["mcpServers"].items()
    script, *arguments = how["args"]
    assert name == "qsql" and how["command"].endswith(".venv/bin/python") and script == "/path/to/qsql/app.py"
    (tmp_path / "shop.duckdb").write_bytes(b"")
    here = [part.replace("/path/to", str(tmp_path)) for part in arguments]
    with program(tmp_path, *here[1:]) as qsql:
        assert qsql.gets("list_databases") == {"databases": ["shop.duckdb", "sample"]}
        assert set(tools_told()) == set(qsql.list_tools())


def tools_told() -> list[str]:
    return re.findall(r"^\| `(\w+)` \| [^|]* \|$", TEXT, re.MULTILINE)


def test_what_an_endpoint_takes_and_gives_is_all_told(app):
    client = Client(f"http://{app}", verbose=False)
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    told = re.findall(r"^\| `(\w+)` \|(.*)\|(.*)\|$", TEXT, re.MULTILINE)
    assert {name for name, *_ in told} == {name.strip("/") for name in endpoints}
    for name, takes, gives in ((name, *(set(re.findall(r"\w+", part)) for part in parts)) for name, *parts in told):
        given = {"ask": {"question": "x"}, "run": {"sql": "SELECT 1"}, "schema": {}}[name]
        assert takes == {part["parameter_name"] for part in endpoints[f"/{name}"]["parameters"]}
        assert gives == set(client.predict(api_name=f"/{name}", **given))
    assert f"`max_rows` {api.ROWS}" in TEXT
