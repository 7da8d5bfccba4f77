"""The Hugging Face hub and its cache on this disk. Honours HF_ENDPOINT, HF_HOME, HF_TOKEN and HF_HUB_OFFLINE.

Downloads go through the hub library's own session, but as plain ranges of one file, because the library's download
begins again from nothing after an interruption.
"""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

from qsql.errors import ModelMissing
from qsql.models.parts import File, model_files

PROBE_SECONDS = 6.0  # the whole answer to the first question, names looked up included
QUIET_SECONDS = 15.0  # between two pieces of a file
ATTEMPTS = 3  # in a row without one new byte


def listing(repo: str) -> tuple[str, tuple[File, ...]]:
    """The repository's commit and files. Raises ModelMissing with the reason, within seconds also where nothing answers."""
    from huggingface_hub import HfApi, constants

    try:
        info = _within(PROBE_SECONDS, lambda: HfApi().model_info(repo, files_metadata=True, timeout=PROBE_SECONDS))
        return info.sha or "main", tuple(_file(sibling) for sibling in info.siblings or ())
    except Exception as error:  # the border: the library raises its own, httpx's, and the system's errors
        raise ModelMissing(_reason(error, repo, constants.ENDPOINT)) from error


def download(repo: str, revision: str, file: File, part: Path, report: Callable[[int], None]) -> None:
    """Fetch `file` into `part`, going on from what is there. Raises ModelMissing; OSError where the disk refuses."""
    from huggingface_hub import constants

    failures = 0
    while failures < ATTEMPTS:
        before = _size(part)
        if before > file.size:
            part.unlink()
        if before == file.size:
            return
        error = _stream(repo, revision, file, part, report)
        failures = 0 if _size(part) > before else failures + 1
        if error and failures < ATTEMPTS:
            time.sleep(failures)
    raise ModelMissing(_reason(error, repo, constants.ENDPOINT)) from error


def snapshot(repo: str) -> Path | None:
    """The folder in the hub's own cache that holds this repository's files; None where there is none. Asks no network."""
    from huggingface_hub import constants

    root = Path(constants.HF_HUB_CACHE) / f"models--{repo.replace('/', '--')}"
    try:
        folder = root / "snapshots" / (root / "refs" / "main").read_text("utf-8").strip()
    except OSError:
        return None
    return folder if folder.is_dir() else None


def cached(folder: Path, file: str) -> tuple[File, ...]:
    """The model's files in a snapshot; a digest is the name of the blob that a link leads to, where links are used."""
    return tuple(_cached(folder / name) for name in model_files((path.name for path in folder.iterdir()), file))


def _cached(path: Path) -> File:
    blob = path.resolve().name
    return File(path.name, path.stat().st_size, blob if path.is_symlink() and len(blob) in (40, 64) else "")


def _file(sibling) -> File:
    digest = sibling.lfs.sha256 if sibling.lfs else sibling.blob_id
    return File(sibling.rfilename, sibling.size or 0, digest or "")


def _stream(repo: str, revision: str, file: File, part: Path, report: Callable[[int], None]) -> Exception | None:
    """One request, from the end of `part` on; the error that broke it off, or None where it came to its end."""
    from huggingface_hub import get_session, hf_hub_url
    from huggingface_hub.utils import build_hf_headers, hf_raise_for_status

    done = _size(part)
    headers = build_hf_headers() | {"Range": f"bytes={done}-", "Accept-Encoding": "identity"}
    url = hf_hub_url(repo, file.name, revision=revision)
    with part.open("ab") as out:
        try:
            with get_session().stream("GET", url, headers=headers, timeout=QUIET_SECONDS) as answer:
                hf_raise_for_status(answer)
                if answer.status_code != 206:  # the server knows no ranges, so this is the file's beginning
                    out.truncate(0)
                    done = 0
                for chunk in answer.iter_bytes():
                    out.write(chunk)
                    done += len(chunk)
                    report(done)
        except Exception as error:  # the border, as above; a full disk is not the hub's fault
            if type(error) is OSError:
                raise
            return error
    return None if done >= file.size else EOFError("the answer was cut off")


def _reason(error: Exception | None, repo: str, endpoint: str) -> str:
    from huggingface_hub import errors

    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, errors.OfflineModeIsEnabled):
        return "it is switched off by HF_HUB_OFFLINE"
    if isinstance(error, errors.HFValidationError):
        return f"{repo!r} is not a name it takes"
    if isinstance(error, errors.GatedRepoError) or status in (401, 403):
        return f"{repo!r} does not exist there, or asks for a login (hf auth login)"
    if isinstance(error, errors.RepositoryNotFoundError) or status == 404:
        return f"there is no {repo!r} at {endpoint}"
    if status:
        return f"{endpoint} answers with status {status}"
    if isinstance(error, EOFError):
        return f"{endpoint} broke off the answer"
    if error is None or isinstance(error, (ValueError, KeyError, TypeError)):
        return f"{endpoint} does not answer as a hub does"
    return f"{endpoint} does not answer"


def _within(seconds: float, call: Callable[[], object]):
    """The call's answer, or TimeoutError: a name server or a slow drip of bytes can outlast the library's own timeouts."""
    outcome = []

    def run() -> None:
        try:
            outcome.append((call(), None))
        except Exception as error:  # carried over to the caller's thread
            outcome.append((None, error))

    thread = Thread(target=run, name="qsql-hub", daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise TimeoutError
    answer, error = outcome[0]
    if error:
        raise error
    return answer


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
