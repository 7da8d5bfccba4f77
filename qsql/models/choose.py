"""What this machine has, and which model fits it.

`choose` and `form_for` are pure; `this_machine` asks the system. No model library is imported to find out.
"""

import functools
import importlib.util
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

from qsql.errors import ModelTooLarge
from qsql.models import fetch
from qsql.models.catalog import ENTRIES, Entry, Form
from qsql.settings import Settings

SMALLEST, DEFAULT = ENTRIES[0], ENTRIES[1]
SCARCE = 4 * 10**9  # bytes of free memory under which the default model would push other programs out
LARGEST_PARAMETERS = {"mlx": 8 * 10**9, "transformers": 15 * 10**9}  # larger ones only by name
Choice = tuple[Entry, Form, bool]


@dataclass(frozen=True)
class Machine:
    """What decides: memory in bytes, the NVIDIA card's name (empty without one), and whether torch here can compute on it."""

    system: str
    arch: str
    memory: int
    free_memory: int
    card: str = ""
    card_memory: int = 0
    torch: bool = False

    @property
    def runtime(self) -> str:
        """The runtime that is best here: mlx, transformers or llamacpp."""
        if self.system == "Darwin" and self.arch == "arm64":
            return "mlx"
        return "transformers" if self.card and self.torch else "llamacpp"


@dataclass(frozen=True)
class Survey:
    """A catalog entry seen from this machine: its size and memory need in bytes, and what holds for it here."""

    name: str
    runtime: str
    four_bit: bool
    bytes: int
    licence: str
    memory: int
    fits: bool
    on_disk: bool
    automatic: bool


def this_machine() -> Machine:
    """Ask the system; takes a fraction of a second."""
    memory = psutil.virtual_memory()
    card, card_memory = _card()
    return Machine(platform.system(), platform.machine(), memory.total, memory.available, card, card_memory, _torch_computes())


def choose(machine: Machine) -> Choice:
    """The model for a person who names none: entry, files, and whether to load it in four bits."""
    picked = {"mlx": _for_mlx, "transformers": _for_cuda}.get(machine.runtime, _nothing)(machine)
    return picked or _for_cpu(machine)


def form_for(entry: Entry, machine: Machine) -> Choice:
    """The best form of a named entry that fits. Raises ModelTooLarge with what is needed and what would fit."""
    ways = _ways(entry, machine)
    for form, four_bit in ways:
        if entry.memory(form, four_bit) <= _room(form.runtime, machine):
            return entry, form, four_bit
    form, four_bit = ways[-1]
    need, room = entry.memory(form, four_bit), _room(form.runtime, machine)
    raise ModelTooLarge(f"{entry.name!r} needs about {gigabytes(need)} of memory; this machine has {gigabytes(room)}.", _advice(machine))


def check_room(name: str, size: int, runtime: str, machine: Machine) -> None:
    """Refuse what takes `size` bytes where this machine has less. Raises ModelTooLarge."""
    room = max(_room(runtime, machine), machine.memory if runtime == "transformers" else 0)
    if size > room:
        raise ModelTooLarge(f"{name!r} needs {gigabytes(size)} of memory or more; this machine has {gigabytes(room)}.", _advice(machine))


def survey(settings: Settings, machine: Machine | None = None) -> tuple[Survey, ...]:
    """Every catalog entry as it stands on this machine; reads no weights."""
    machine = machine or this_machine()
    picked = choose(machine)
    return tuple(_surveyed(entry, machine, picked, settings) for entry in ENTRIES)


def gigabytes(count: int) -> str:
    """Bytes for people: 1.1 GB."""
    return f"{count / 1e9:.1f} GB"


def _surveyed(entry: Entry, machine: Machine, picked: Choice, settings: Settings) -> Survey:
    try:
        _, form, four_bit = form_for(entry, machine)
        fits = True
    except ModelTooLarge:
        form, four_bit = _ways(entry, machine)[0]
        fits = False
    if picked[0] is entry:
        _, form, four_bit = picked
    need, on_disk = entry.memory(form, four_bit), fetch.is_on_disk(form, settings)
    return Survey(entry.name, form.runtime, four_bit, form.bytes, entry.licence, need, fits, on_disk, picked[0] is entry)


def _ways(entry: Entry, machine: Machine) -> tuple[tuple[Form, bool], ...]:
    cpu = ((entry.form("llamacpp"), False),)
    if machine.runtime == "transformers":
        card = entry.form("transformers")
        return ((card, False), (card, True), *cpu)
    return cpu if machine.runtime == "llamacpp" else ((entry.form("mlx"), False),)


def _room(runtime: str, machine: Machine) -> int:
    return machine.card_memory if runtime == "transformers" else machine.memory


def _advice(machine: Machine) -> str:
    fitting = [entry.name for entry in ENTRIES if any(entry.memory(f, b) <= _room(f.runtime, machine) for f, b in _ways(entry, machine))]
    return f"These fit: {', '.join(fitting)}." if fitting else "No model of the catalog fits; name a server's address instead."


def _free_entries(runtime: str) -> tuple[Entry, ...]:
    """Largest first, without those that are taken only by name."""
    limit = LARGEST_PARAMETERS[runtime]
    return tuple(entry for entry in reversed(ENTRIES) if not entry.own_choice and entry.parameters <= limit)


def _for_mlx(machine: Machine) -> Choice | None:
    """Half of the memory at most: the other half is for everything else that the person runs."""
    for entry in _free_entries("mlx"):
        form = entry.form("mlx")
        if form.bytes <= machine.memory / 2:
            return entry, form, False
    return None


def _for_cuda(machine: Machine) -> Choice | None:
    """The largest whose bfloat16 fits the card, except that the 7B in four bits goes before a smaller one in sixteen."""
    for entry in _free_entries("transformers"):
        form = entry.form("transformers")
        for four_bit in (False, True)[: 2 if entry.alias == "7b" else 1]:
            if entry.memory(form, four_bit) <= machine.card_memory:
                return entry, form, four_bit
    return None


def _for_cpu(machine: Machine) -> Choice:
    entry = SMALLEST if machine.free_memory < SCARCE else DEFAULT
    return entry, entry.form("llamacpp"), False


def _nothing(machine: Machine) -> None:
    return None


@functools.cache
def _card() -> tuple[str, int]:
    """The NVIDIA card with most memory, from the driver's own tool; ("", 0) without one."""
    tool = shutil.which("nvidia-smi")
    if not tool:
        return "", 0
    ask = [tool, "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(ask, capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return "", 0
    return read_cards(answer)


def read_cards(answer: str) -> tuple[str, int]:
    """Name and bytes of the largest card in nvidia-smi's lines of `name, mebibytes`; ("", 0) where none is told."""
    rows = [line.rpartition(",") for line in answer.splitlines()]
    cards = [(int(size) * 2**20, name.strip()) for name, _, size in rows if size.strip().isdigit()]
    size, name = max(cards, default=(0, ""))
    return name, size


def _torch_computes() -> bool:
    """Whether torch and transformers are installed, and torch is not a build for the CPU alone; neither is imported."""
    torch, transformers = importlib.util.find_spec("torch"), importlib.util.find_spec("transformers")
    if not torch or not transformers or not torch.origin:
        return False
    try:
        version = Path(torch.origin).with_name("version.py").read_text("utf-8")
    except OSError:
        return False
    return re.search(r"^cuda\b.*=\s*None", version, re.MULTILINE) is None
