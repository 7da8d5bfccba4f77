import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qsql.models import catalog, fetch
from qsql.models.catalog import Form
from qsql.settings import Settings
from tests import fetching, servers

NAME, REPO = "m-q4_k_m.gguf", "org/model"
BODY = b"GGUF" + os.urandom(3_000_000) + b"!"
FORM = Form("llamacpp", REPO, len(BODY), NAME)
PINNED = Form("llamacpp", REPO, len(BODY), NAME, hashlib.sha256(BODY).hexdigest())
FOLDER = {
    "config.json": b"{}",
    "tokenizer.json": b'{"a": 1}',
    "model-00001-of-00002.safetensors": os.urandom(90_000),
    "model-00002-of-00002.safetensors": os.urandom(80_000),
    "model.safetensors.index.json": b"{}",
    "run_me.py": b"raise SystemExit",
}


@pytest.fixture
def hub():
    with servers.serving(servers.Hub({REPO: {NAME: BODY, "README.md": b"hello"}})) as server:
        yield server


def left(home: Path, repo: str = REPO) -> set[str]:
    """What lies in the model's folder, apart from the lock."""
    folder = home / "models" / repo.replace("/", "--")
    return {path.name for path in folder.iterdir()} - {"fetch.lock"} if folder.exists() else set()


def test_fetches_from_the_hub_and_verifies(hub, tmp_path):
    outcome = fetching.run(PINNED, tmp_path, HF_ENDPOINT=hub.url)
    assert outcome.source.read_bytes() == BODY
    assert left(tmp_path) == {NAME, "verified.json"}
    fetched = [call for call in outcome.calls if call[2] == f"Fetching {NAME}"]
    assert fetched[-1][:2] == (len(BODY), len(BODY)) and len(fetched) >= 3
    assert outcome.noise == ""


def test_a_second_start_asks_nobody_and_hashes_nothing(hub, tmp_path):
    first = fetching.run(FORM, tmp_path, HF_ENDPOINT=hub.url)
    again = fetching.run(FORM, tmp_path, HF_ENDPOINT=servers.closed_port())
    assert again.source == first.source and again.calls == ()


def test_a_touched_file_is_hashed_again_and_kept(hub, tmp_path):
    source = fetching.run(FORM, tmp_path, HF_ENDPOINT=hub.url).source
    os.utime(source, (1, 1))
    again = fetching.run(FORM, tmp_path, HF_ENDPOINT=servers.closed_port())
    assert again.source == source and again.calls[-1][2].startswith("Checking")
    assert fetching.run(FORM, tmp_path, HF_ENDPOINT=servers.closed_port()).calls == ()


def test_a_changed_file_is_refused_and_fetched_again(hub, tmp_path):
    source = fetching.run(FORM, tmp_path, HF_ENDPOINT=hub.url).source
    source.write_bytes(BODY[:-1] + b"?")
    refused = fetching.run(FORM, tmp_path, HF_ENDPOINT=servers.closed_port())
    assert refused.error == "ModelMissing" and left(tmp_path) == set()
    assert fetching.run(FORM, tmp_path, HF_ENDPOINT=hub.url).source.read_bytes() == BODY


def test_takes_all_parts_of_a_split_file_and_names_the_first(tmp_path):
    parts = {f"m-q4_k_m-0000{number}-of-00002.gguf": os.urandom(50_000) for number in (2, 1)}
    with servers.serving(servers.Hub({REPO: parts | {"m-q8_0.gguf": b"x"}})) as hub:
        outcome = fetching.run(FORM, tmp_path, HF_ENDPOINT=hub.url)
    assert outcome.source.name == "m-q4_k_m-00001-of-00002.gguf"
    assert left(tmp_path) == {*parts, "verified.json"}
    assert outcome.calls[-1][1] == 100_000


def test_takes_a_folder_without_its_code(tmp_path):
    with servers.serving(servers.Hub({REPO: FOLDER})) as hub:
        outcome = fetching.run(Form("transformers", REPO, 0), tmp_path, HF_ENDPOINT=hub.url)
    assert outcome.source == tmp_path / "models" / "org--model"
    assert left(tmp_path) == {*FOLDER, "verified.json"} - {"run_me.py"}


def test_goes_on_in_the_middle_when_the_line_breaks(hub, tmp_path):
    hub.cuts[NAME] = 1_000_000
    outcome = fetching.run(FORM, tmp_path, HF_ENDPOINT=hub.url)
    assert outcome.source.read_bytes() == BODY
    assert [line.rpartition(" ")[2] for line in hub.downloads(NAME)] == ["bytes=0-", "bytes=1000000-"]


def test_begins_again_where_the_server_knows_no_ranges(hub, tmp_path):
    hub.cuts[NAME], hub.ranges = 1_000_000, False
    assert fetching.run(FORM, tmp_path, HF_ENDPOINT=hub.url).source.read_bytes() == BODY


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for another process")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_fetch_is_gone_on_with_later(hub, tmp_path, stop):
    hub.hold.clear()
    hub.hold_at[NAME] = 2 * 2**20
    process = fetching.start(FORM, tmp_path, HF_ENDPOINT=hub.url)
    assert hub.held.wait(30)
    folder = tmp_path / "models" / "org--model"
    deadline = time.monotonic() + 20
    while not any(path.stat().st_size >= 2**20 for path in folder.glob("*.part")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(stop)
    process.communicate(timeout=30)
    assert process.returncode != 0 and list(left(tmp_path)) == [next(folder.glob("*.part")).name]
    had = next(folder.glob("*.part")).stat().st_size
    hub.hold_at.clear()
    hub.hold.set()
    outcome = fetching.run(FORM, tmp_path, HF_ENDPOINT=hub.url)
    assert outcome.source.read_bytes() == BODY and had >= 2**20
    assert hub.downloads(NAME)[-1].endswith(f"bytes={had}-")


def test_a_wrong_digest_deletes_the_file_and_says_so(hub, tmp_path):
    hub.served[NAME] = BODY[:-1] + b"?"
    outcome = fetching.run(FORM, tmp_path, HF_ENDPOINT=hub.url)
    assert outcome.error == "ModelBroken" and "wrong digest" in outcome.message and "--model" in outcome.message
    assert left(tmp_path) == set()


def test_a_file_that_the_publisher_did_not_make_is_not_even_fetched(hub, tmp_path):
    other = Form("llamacpp", REPO, len(BODY), NAME, "0" * 64)
    outcome = fetching.run(other, tmp_path, HF_ENDPOINT=hub.url)
    assert outcome.error == "ModelBroken" and hub.downloads(NAME) == []


def test_says_beforehand_that_the_disk_is_too_small(hub, tmp_path):
    hub.sizes[NAME] = 10**16
    outcome = fetching.run(FORM, tmp_path, HF_ENDPOINT=hub.url)
    assert outcome.error == "ModelMissing" and "10000000.0 GB more" in outcome.message and "QSQL_CACHE" in outcome.message
    assert hub.downloads(NAME) == []


def test_two_fetches_at_once_download_once(hub, tmp_path):
    hub.hold.clear()
    hub.hold_at[NAME] = 1_000_000
    first = fetching.start(FORM, tmp_path, HF_ENDPOINT=hub.url)
    assert hub.held.wait(30)
    second = fetching.start(FORM, tmp_path, HF_ENDPOINT=hub.url)
    assert "Waiting" in fetching.hear(second)[2]
    hub.hold.set()
    one, two = fetching.finish(first), fetching.finish(second)
    assert one.source == two.source and two.source.read_bytes() == BODY
    assert len(hub.downloads(NAME)) == 1


def test_names_a_repository_that_is_not_there(hub, tmp_path):
    outcome = fetching.run(Form("", "org/other", 0), tmp_path, HF_ENDPOINT=hub.url)
    assert outcome.error == "ModelMissing" and f"there is no 'org/other' at {hub.url}" in outcome.message


def test_names_a_repository_without_a_model(tmp_path):
    with servers.serving(servers.Hub({REPO: {"README.md": b"hello"}})) as hub:
        outcome = fetching.run(Form("", REPO, 0), tmp_path, HF_ENDPOINT=hub.url)
    assert outcome.error == "ModelMissing" and "q4_k_m" in outcome.message


def test_a_dead_hub_costs_seconds(tmp_path):
    with servers.silent() as silent, servers.black_hole() as hole:
        start = time.monotonic()
        urls = [servers.closed_port(), silent, hole]
        processes = [fetching.start(FORM, tmp_path / str(number), HF_ENDPOINT=url) for number, url in enumerate(urls)]
        outcomes = [fetching.finish(process) for process in processes]
        assert time.monotonic() - start < 20
    for url, outcome in zip(urls, outcomes, strict=True):
        assert outcome.error == "ModelMissing" and f"the hub: {url} does not answer" in outcome.message and "--model" in outcome.message


def test_a_page_in_place_of_the_hub_is_told_from_silence(tmp_path):
    with servers.serving(servers.Hub({REPO: {}})) as portal:
        portal.listing = lambda repo: "please log in to this network"
        outcome = fetching.run(FORM, tmp_path, HF_ENDPOINT=portal.url)
    assert outcome.error == "ModelMissing" and "does not answer as a hub does" in outcome.message


def test_offline_says_who_switched_the_hub_off(hub, tmp_path):
    outcome = fetching.run(FORM, tmp_path, HF_ENDPOINT=hub.url, HF_HUB_OFFLINE="1")
    assert outcome.error == "ModelMissing" and "HF_HUB_OFFLINE" in outcome.message and hub.asked == []


def hub_downloads(home: Path, hub: servers.Hub, name: str) -> Path:
    """What people have on disk who used the hub's own library before."""
    code = "import sys, huggingface_hub as h; print(h.hf_hub_download(sys.argv[1], sys.argv[2]))"
    env = os.environ | {"HF_HOME": str(home / "hf"), "HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    done = subprocess.run([sys.executable, "-c", code, REPO, name], env=env, capture_output=True, text=True, check=True)
    return Path(done.stdout.strip())


@pytest.mark.parametrize("form", [FORM, PINNED], ids=["the hub's digest", "the publisher's digest"])
def test_uses_the_hubs_own_cache_where_it_lies_also_offline(hub, tmp_path, form):
    path = hub_downloads(tmp_path, hub, NAME)
    outcome = fetching.run(form, tmp_path, HF_HUB_OFFLINE="1")
    assert outcome.source == path and outcome.source.read_bytes() == BODY
    assert left(tmp_path) == {"verified.json"}
    assert fetching.run(form, tmp_path, HF_HUB_OFFLINE="1").calls == ()


def test_a_broken_file_in_the_hubs_cache_is_passed_over_and_left_alone(hub, tmp_path):
    path = hub_downloads(tmp_path, hub, NAME)
    path.resolve().write_bytes(BODY[:-1] + b"?")
    outcome = fetching.run(FORM, tmp_path, HF_ENDPOINT=hub.url)
    assert outcome.source.parent == tmp_path / "models" / "org--model" and outcome.source.read_bytes() == BODY
    assert path.exists()


def test_says_that_the_cache_cannot_be_written(tmp_path):
    (tmp_path / "models").write_text("a file where a folder should be")
    outcome = fetching.run(FORM, tmp_path, HF_HUB_OFFLINE="1")
    assert outcome.error == "ModelMissing" and "cannot be kept in" in outcome.message and "QSQL_CACHE" in outcome.message


@pytest.mark.parametrize("stamp", ["", "[]", "{}", '{"root": "", "files": []}', '{"root": 1, "files": [[1]]}'])
def test_a_damaged_stamp_counts_for_nothing(hub, tmp_path, stamp):
    source = fetching.run(PINNED, tmp_path, HF_ENDPOINT=hub.url).source
    (source.parent / "verified.json").write_text(stamp)
    outcome = fetching.run(PINNED, tmp_path, HF_HUB_OFFLINE="1")
    assert outcome.source == source and json.loads((source.parent / "verified.json").read_text())["files"]


def test_the_real_small_model_is_had_and_is_what_its_publisher_made():
    form = catalog.find("0.5b").form("llamacpp")
    path = fetch.fetch(form, Settings.load())
    assert path.stat().st_size == form.bytes
    with path.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == form.sha256
