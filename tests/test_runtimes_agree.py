"""Two runtimes, one file: llama.cpp and transformers read the same GGUF and must write the same SQL.

Slow: it unpacks the 0.5B model to 32 bits, which takes about 4 GB of memory.
"""

import pytest

from qsql.models import llamacpp, transformers
from qsql.models.base import Options, Weights, complete
from qsql.records import Message, Prompt
from qsql.settings import Settings
from tests.model_files import small_gguf, tiny_folder  # noqa: F401

ASK = """{schema}

-- Using valid SQLite, answer the following questions for the tables provided above.
Question: {question}

Please output only the final SQL query, starts with keyword `SELECT`."""

QUESTIONS = [
    ("CREATE TABLE singer (id INTEGER PRIMARY KEY, name TEXT, country TEXT, age INTEGER);", "How many singers are older than 30?"),
    (
        "CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT, country_id INTEGER, population INTEGER);\n"
        "CREATE TABLE country (id INTEGER PRIMARY KEY, name TEXT);",
        "Which country has the most cities?",
    ),
    ("CREATE TABLE flight (id INTEGER, origin TEXT, dest TEXT, month INTEGER, delay REAL);", "What is the average delay by month?"),
    (
        "CREATE TABLE book (id INTEGER PRIMARY KEY, title TEXT, year INTEGER);\n"
        "CREATE TABLE loan (book_id INTEGER REFERENCES book(id), reader TEXT, days INTEGER);",
        "List the titles of books that were never lent.",
    ),
    ("CREATE TABLE product (id INTEGER, name TEXT, price REAL, stock INTEGER);", "哪三种产品最贵？"),
]


@pytest.fixture(scope="module")
def unpacked(small_gguf, tiny_folder):  # noqa: F811
    """The GGUF's own weights in 32 bits, run by transformers."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    how = {"dtype": torch.float32, "quantization_config": GgufConfig(dequantize=True)}
    weights = AutoModelForCausalLM.from_pretrained(small_gguf.parent, gguf_file=small_gguf.name, **how)
    model = transformers.writer("small", weights, AutoTokenizer.from_pretrained(tiny_folder), 4096)
    yield model
    model.close()


@pytest.fixture(scope="module")
def packed(small_gguf):  # noqa: F811
    model = llamacpp.load(Weights("llamacpp", "small", str(small_gguf), context=4096), Settings())
    yield model
    model.close()


@pytest.mark.parametrize(("schema", "question"), QUESTIONS, ids=range(len(QUESTIONS)))
def test_both_runtimes_write_the_same_sql(packed, unpacked, schema, question):
    prompt = Prompt((Message("user", ASK.format(schema=schema, question=question)),), stop=(";",))
    one, other = (complete(model, prompt, Options(max_tokens=60))[0] for model in (packed, unpacked))
    assert "SELECT" in one.text
    assert one.text == other.text
    assert one.end.prompt_tokens == other.end.prompt_tokens
    assert one.end.weakest == pytest.approx(other.end.weakest, abs=0.3)  # one computes with rounded numbers
