import psutil
import pytest

from qsql.errors import ModelTooLarge
from qsql.models import catalog, choose
from qsql.models.choose import Machine
from qsql.settings import Settings

GB, GIB = 10**9, 2**30


def mac(memory: int) -> Machine:
    return Machine("Darwin", "arm64", memory * GIB, memory * GIB // 2)


def pc(memory: float, free: float) -> Machine:
    return Machine("Linux", "x86_64", int(memory * GB), int(free * GB))


def card(memory: float, torch: bool = True, system: str = "Linux", ram: int = 64) -> Machine:
    return Machine(system, "x86_64", ram * GB, ram * GB // 2, "Some Card", int(memory * GIB), torch)


AUTO = {
    "a PC": (pc(16, 9), "1.5b", "llamacpp", False),
    "a PC with much memory": (pc(256, 200), "1.5b", "llamacpp", False),
    "a PC just above the line": (pc(8, 4.0), "1.5b", "llamacpp", False),
    "a PC short of free memory": (pc(16, 3.9), "0.5b", "llamacpp", False),
    "a small PC": (pc(2, 1), "0.5b", "llamacpp", False),
    "Windows": (Machine("Windows", "AMD64", 16 * GB, 8 * GB), "1.5b", "llamacpp", False),
    "an Intel Mac": (Machine("Darwin", "x86_64", 32 * GB, 16 * GB), "1.5b", "llamacpp", False),
    "Linux on ARM": (Machine("Linux", "aarch64", 8 * GB, 6 * GB), "1.5b", "llamacpp", False),
    "a Mac with 4 GB": (mac(4), "1.5b", "mlx", False),
    "a Mac with 8 GB": (mac(8), "7b", "mlx", False),
    "a Mac with 16 GB": (mac(16), "7b", "mlx", False),
    "a Mac with 128 GB": (mac(128), "7b", "mlx", False),
    "a card with 140 GB": (card(140), "14b", "transformers", False),
    "a card with 40 GB": (card(40), "14b", "transformers", False),
    "a card with 24 GB": (card(24), "7b", "transformers", False),
    "a card with 16 GB": (card(16), "7b", "transformers", True),
    "a card with 8 GB": (card(8), "7b", "transformers", True),
    "a card with 6 GB": (card(6), "1.5b", "transformers", False),
    "a card with 4 GB": (card(4), "0.5b", "transformers", False),
    "a card with 2 GB": (card(2), "1.5b", "llamacpp", False),
    "a card on Windows": (card(24, system="Windows"), "7b", "transformers", False),
    "a card without torch": (card(24, torch=False), "1.5b", "llamacpp", False),
}


@pytest.mark.parametrize("machine, alias, runtime, four_bit", AUTO.values(), ids=AUTO)
def test_picks(machine, alias, runtime, four_bit):
    entry, form, four = choose.choose(machine)
    assert (entry.alias, form.runtime, four) == (alias, runtime, four_bit)
    assert not entry.own_choice


NAMED = {
    "7b on a PC": ("7b", pc(16, 9), "llamacpp", False),
    "3b on a PC": ("3b", pc(16, 9), "llamacpp", False),
    "32b on a Mac": ("32b", mac(32), "mlx", False),
    "3b on a card": ("3b", card(12), "transformers", False),
    "14b on a card that holds it in four bits": ("14b", card(24), "transformers", True),
    "32b on a card with 140 GB": ("32b", card(140), "transformers", False),
    "32b beside a small card": ("32b", card(8), "llamacpp", False),
}


@pytest.mark.parametrize("alias, machine, runtime, four_bit", NAMED.values(), ids=NAMED)
def test_a_named_model_takes_the_best_form_that_fits(alias, machine, runtime, four_bit):
    entry, form, four = choose.form_for(catalog.find(alias), machine)
    assert (entry.alias, form.runtime, four) == (alias, runtime, four_bit)


TOO_LARGE = {
    "7b on a small PC": ("7b", pc(4, 3), "5.7 GB", "4.0 GB", "These fit: qwen2.5-coder-0.5b, qwen2.5-coder-1.5b, qwen2.5-coder-3b."),
    "32b on a small Mac": ("32b", mac(8), "21.1 GB", "8.6 GB", "qwen2.5-coder-7b."),
    "32b on a small card in a small PC": ("32b", card(8, ram=16), "23.0 GB", "16.0 GB", "qwen2.5-coder-14b."),
    "0.5b on nothing": ("0.5b", pc(0.5, 0.2), "1.1 GB", "0.5 GB", "server"),
}


@pytest.mark.parametrize("alias, machine, need, there, advice", TOO_LARGE.values(), ids=TOO_LARGE)
def test_refuses_a_model_that_cannot_fit_and_names_those_that_do(alias, machine, need, there, advice):
    with pytest.raises(ModelTooLarge) as caught:
        choose.form_for(catalog.find(alias), machine)
    assert f"qwen2.5-coder-{alias}" in str(caught.value)
    assert need in caught.value.message and there in caught.value.message and advice in caught.value.hint


CARDS = {
    "one": ("NVIDIA H200, 143771\n", ("NVIDIA H200", 143771 * 2**20)),
    "the largest of several": ("Old, 4096\nNVIDIA GeForce RTX 4090, 24564\nOther, 8192\n", ("NVIDIA GeForce RTX 4090", 24564 * 2**20)),
    "memory not told": ("Some Chip, [N/A]\n", ("", 0)),
    "none": ("", ("", 0)),
    "a message": ("No devices were found\n", ("", 0)),
}


@pytest.mark.parametrize("answer, card", CARDS.values(), ids=CARDS)
def test_reads_what_the_driver_says(answer, card):
    assert choose.read_cards(answer) == card


def test_looks_at_this_machine_without_importing_torch():
    machine = choose.this_machine()
    assert machine.memory == psutil.virtual_memory().total
    assert 0 < machine.free_memory <= machine.memory
    assert machine.system and machine.arch
    assert bool(machine.card) == (machine.card_memory > 0)


def test_surveys_the_catalog_for_a_machine(tmp_path):
    settings = Settings(cache=tmp_path)
    rows = {row.name: row for row in choose.survey(settings, pc(16, 9))}
    assert list(rows) == [entry.name for entry in catalog.ENTRIES]
    assert [name for name, row in rows.items() if row.automatic] == ["qwen2.5-coder-1.5b"]
    assert [name for name, row in rows.items() if not row.fits] == ["qwen2.5-coder-32b"]
    small = rows["qwen2.5-coder-0.5b"]
    assert (small.runtime, small.bytes, small.licence, small.memory) == ("llamacpp", 491_400_064, "Apache-2.0", 1_092_063_360)


def test_the_survey_tells_what_is_on_disk(tmp_path):
    settings = Settings(cache=tmp_path)
    form = catalog.find("0.5b").form("llamacpp")
    path = tmp_path / "models" / "Qwen--Qwen2.5-Coder-0.5B-Instruct-GGUF" / form.file
    path.parent.mkdir(parents=True)
    path.touch()
    half = choose.survey(settings, pc(16, 9))[0].on_disk
    with path.open("wb") as file:
        file.truncate(form.bytes)
    whole = choose.survey(settings, pc(16, 9))[0].on_disk
    assert whole and not half
