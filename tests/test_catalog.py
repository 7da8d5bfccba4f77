import re

import pytest

from qsql.models import notice
from qsql.models.catalog import ENTRIES, OVERHEAD, WORKING_TOKENS, find

RUNTIMES = ("llamacpp", "transformers", "mlx")


def test_the_whole_family_is_there_in_order_of_size():
    assert [entry.alias for entry in ENTRIES] == ["0.5b", "1.5b", "3b", "7b", "14b", "32b"]
    assert sorted(ENTRIES, key=lambda entry: entry.parameters) == list(ENTRIES)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_each_has_three_forms_with_names_as_the_hub_spells_them(entry):
    size = entry.alias.upper()
    assert entry.form("llamacpp").repo == f"Qwen/Qwen2.5-Coder-{size}-Instruct-GGUF"
    assert entry.form("llamacpp").file == f"qwen2.5-coder-{entry.alias}-instruct-q4_k_m.gguf"
    assert entry.form("transformers").repo == f"Qwen/Qwen2.5-Coder-{size}-Instruct"
    assert entry.form("mlx").repo == f"mlx-community/Qwen2.5-Coder-{size}-Instruct-4bit"
    assert (entry.context, entry.prompt_format) == (32768, "chatml")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_memory_is_weights_cache_and_overhead(entry):
    form = entry.form("transformers")
    cache = entry.token_bytes * WORKING_TOKENS
    assert entry.memory(form) == form.bytes + cache + OVERHEAD["transformers"]
    assert entry.memory(entry.form("mlx")) < entry.memory(form, four_bit=True) < entry.memory(form)


# Peak memory of the process that ran it, in bytes, with a short prompt.
MEASURED = [("0.5b", 628_000_000), ("1.5b", 1_839_000_000)]


@pytest.mark.parametrize("name, peak", MEASURED)
def test_the_memory_formula_covers_what_was_measured(name, peak):
    need = find(name).memory(find(name).form("llamacpp"))
    assert peak <= need <= 2 * peak


def test_two_files_have_the_publishers_digest_and_wheels_to_take_them_from():
    known = [entry.form("llamacpp") for entry in ENTRIES if entry.form("llamacpp").sha256]
    assert [(form.bytes, form.wheels.count) for form in known] == [(491_400_064, 6), (1_117_320_768, 22)]
    assert all(re.fullmatch("[0-9a-f]{64}", form.sha256) for form in known)


def test_only_the_non_commercial_one_waits_to_be_named():
    assert [entry.alias for entry in ENTRIES if entry.own_choice] == ["3b"]
    assert {entry.licence for entry in ENTRIES if not entry.own_choice} == {"Apache-2.0"}


NAMES = [
    ("qwen2.5-coder-0.5b", "0.5b"),
    ("Qwen2.5-Coder-7B", "7b"),
    (" 14B ", "14b"),
    ("qwen2.5-coder", None),
    ("5b", None),
    ("", None),
]


@pytest.mark.parametrize("name, alias", NAMES)
def test_finds_an_entry_by_name_or_alias_in_any_case(name, alias):
    entry = find(name)
    assert (entry.alias if entry else None) == alias


def test_the_licence_is_told_to_who_names_the_3b():
    assert "Qwen Research" in notice("3b") and "commercial" in notice("Qwen2.5-Coder-3B")
    assert notice("7b") == notice("auto") == notice("no such model") == ""
