"""Every sentence that arises in the library has a Chinese one in zh.json, by its template; and zh.json has no other.

A template is the text as the code has it, with {} for what is filled in: `f"There is no file {path}."` is "There is no file {}."
Found are all texts that look like a sentence, and whatever an error is made with. Not found is a text without a mark at its end
that fills a hole of another: those are told by PIECES.
"""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from string import Formatter

import pytest

from qsql.databases.names import renamed
from qsql.databases.reading import grouped
from qsql.databases.refine import COMMA
from qsql.databases.roles import notice
from qsql.errors import QsqlError, QueryFailed
from qsql.sql import read_query
from qsql.texts import Words

ROOT = Path(__file__).parent.parent
CHINESE: dict[str, str] = json.loads((ROOT / "qsql/texts/zh.json").read_text("utf-8"))["sentences"]
ELSEWHERE = (  # what is said on the command line, to programs, before the log-in, or is no sentence of the library
    *("qsql/cli.py", "qsql/desktop/", "qsql/evaluate/", "qsql/mcp/", "qsql/share/door.py", "qsql/share/names.py", "qsql/share/serving.py"),
    *("qsql/suggest.py", "qsql/texts/"),
)
SENTENCE = re.compile(r"""(\{\}|["'A-Z]).* .*[.:?]( \{\})?|[A-Z][a-z]+\.""", re.DOTALL)
NO_SENTENCE = re.compile(r"(SELECT|INSERT|UPDATE|DELETE|CREATE|FROM|\{\} (AND|=)) |[^a-z]*\Z")
PIECES = {  # what fills a hole of a sentence, and is none by itself: the file, how it looks
    "artifacts/read.py": r"a (tag|comment)",
    "qsql/databases/delimited.py": r".* and more",
    "qsql/databases/names.py": r"\{\} is now \{\}|.* more",
    "qsql/databases/reading.py": r".* more",
    "qsql/databases/roles.py": r"(is|may|has) .*|\{\}, and it \{\}|.* more",
    "qsql/models/hub.py": r"(it|there|\{\}) .*",
    "qsql/models/wheels.py": r"(it|its|the|pip|\{\}) .*",
    "qsql/sql/functions.py": r"\{\} .*",
    "qsql/sql/parsing.py": r"\{\} at line .*|.*, near .*",
    "qsql/steps/decline.py": r"\{\} and no \{\}",
    "qsql/values.py": r".* more",
    "qsql/zero.py": r"There are .* with \{\}",
}
PROGRESS = ("progress", "_labelled")  # what is being done, where a bar shows it
FILLED = {"writing": "This could not be {word} in {{}}."}  # a method -> the sentence that says its word
WORDS = re.compile(r"[\u4e00-\u9fff]")
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,.:;?!()]|[,:;?!()][\u4e00-\u9fff]")


@cache
def sources() -> dict[str, ast.Module]:
    files = (path for package in ("qsql", "artifacts") for path in sorted((ROOT / package).rglob("*.py")))
    names = {path.relative_to(ROOT).as_posix(): path for path in files}
    return {name: ast.parse(path.read_text("utf-8")) for name, path in names.items() if not name.startswith(ELSEWHERE)}


@cache
def error_classes() -> frozenset[str]:
    """By name: QsqlError, and all that are made of it."""
    classes = [node for tree in sources().values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    known, before = {"QsqlError"}, set()
    while known != before:
        before = set(known)
        known |= {one.name for one in classes if any(isinstance(base, ast.Name) and base.id in known for base in one.bases)}
    return frozenset(known)


class Templates:
    """Of the texts of one module. `named` are its constants of several words, and names that a choice of texts was given to."""

    def __init__(self, tree: ast.Module) -> None:
        self.named: dict[str, list[str]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and (isinstance(node.value, ast.IfExp) or node in tree.body):
                texts = [text for text in self.of(node.value) if " " in text or not text]
                self.named |= {target.id: texts for target in node.targets if any(texts) and isinstance(target, ast.Name)}

    def of(self, node: ast.AST) -> list[str]:
        """What this expression can come to; [] where it is no text of the code's own."""
        if isinstance(node, ast.Constant):
            return [node.value] if isinstance(node.value, str) else []
        if isinstance(node, ast.JoinedStr):
            return ["".join(parts) for parts in product(*map(self._part, node.values))]
        if isinstance(node, (ast.IfExp, ast.BoolOp)):
            return [text for choice in _choices(node) for text in self.of(choice)]
        if isinstance(node, ast.BinOp) and (self.of(node.left) or self.of(node.right)):
            return ["".join(parts) for parts in product(self.of(node.left) or ["{}"], self.of(node.right) or ["{}"])]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join":
            return [f"{{}}{word}{{}}" for word in self.of(node.func.value) if re.search("[a-z]", word)]  # 'a and b'
        return []

    def _part(self, part: ast.AST) -> list[str]:
        """Of an f-string: text as it is, a choice as each, a counted 'row' as one and many; all else is a hole."""
        if isinstance(part, ast.Constant):
            return [part.value]
        hole = part.value
        if isinstance(hole, ast.Call) and isinstance(hole.func, ast.Name) and hole.func.id == "count":
            return [f"{{}} {hole.args[1].value}", f"{{}} {hole.args[1].value}s"]
        if isinstance(hole, ast.Name):
            return self.named.get(hole.id, ["{}"])
        return [text for choice in _choices(hole) for text in self.of(choice) or ["{}"]] if _choices(hole) else ["{}"]


def _choices(node: ast.AST) -> list[ast.AST]:
    return [node.body, node.orelse] if isinstance(node, ast.IfExp) else node.values if isinstance(node, ast.BoolOp) else []


def said_in(name: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The line and the template of each."""
    templates, piece = Templates(tree), re.compile(PIECES.get(name, "(?!)"), re.DOTALL)
    for node in _walk(tree):
        for text in (text.strip() for argument in _given(node) for text in templates.of(argument) if " " in text.strip()):
            yield node.lineno, text
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in FILLED:
            yield node.lineno, FILLED[node.func.attr].format(word=node.args[0].value)
        for text in templates.of(node):
            text = text.strip().removesuffix("{}") if text.endswith(".{}") else text.strip()  # a further sentence may follow
            if piece.fullmatch(text) or (SENTENCE.fullmatch(text) and not NO_SENTENCE.match(text)):
                yield node.lineno, text


def _given(node: ast.AST) -> list[ast.AST]:
    """What an error is made with: its message and its hint; or what a bar of progress shows."""
    called = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
    if called in PROGRESS:
        return node.args
    return node.args[: 1 if called == "MissingLibrary" else 2] if called in {*error_classes(), "__init__"} else []


def _walk(tree: ast.Module) -> Iterator[ast.AST]:
    """All nodes but docstrings and the parts of a text."""
    left: list[tuple[ast.AST, bool]] = [(tree, False)]
    while left:
        node, inside = left.pop()
        text = isinstance(node, (ast.Constant, ast.JoinedStr, ast.BinOp, ast.IfExp, ast.BoolOp))
        if not (inside and text):
            yield node
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            within = text or (inside and isinstance(node, ast.FormattedValue))
            left += [(child, within) for child in ast.iter_child_nodes(node) if not isinstance(child, (ast.Name, ast.expr_context))]


@cache
def said() -> dict[str, str]:
    """Each template with where it is."""
    return {text: f"{name}:{line}" for name, tree in sources().items() for line, text in said_in(name, tree)}


@pytest.mark.parametrize("english", said())
def test_a_sentence_is_in_chinese_too(english):
    chinese = CHINESE.get(english)
    assert chinese, f'{said()[english]} says what zh.json has no Chinese for; add to its "sentences": {json.dumps(english)}: "..."'
    holes, numbers = english.count("{}"), [number for _, number, _, _ in Formatter().parse(chinese) if number is not None]
    assert numbers == [""] * holes or sorted(numbers) == list(map(str, range(holes))), (
        f"{holes} holes, {{}} each or {{0}} {{1}} ...: {chinese}"
    )
    assert WORDS.search(chinese) and not HALF_WIDTH.search(chinese), f"not as Chinese is written: {chinese}"
    assert not english.endswith((".", "?", ":")) or chinese.endswith(("。", "？", "：")), f"no mark at its end: {chinese}"


def test_no_other_sentence_is_in_the_table():
    gone = sorted(CHINESE.keys() - said().keys())
    assert not gone, f"no code says these any more; take them out of zh.json, or change them with the code: {gone}"


ROLE, SELECT = "角色 'me' 的权限不止读取：", "请使用只有 SELECT 权限的角色。"
CHANGED = "; ".join(f"{name!r} 改为 {name.lower()!r}" for name in "ABCDE")


def refusal(sql: str, dialect: str = "duckdb") -> str:
    with pytest.raises(QsqlError) as raised:
        read_query(sql, dialect)
    return str(raised.value)


@pytest.mark.parametrize(
    "english, chinese",
    [
        (refusal("SELECT 1; DROP TABLE t"), "一次只能运行一条语句，这里有 2 条，第二条在第 1 行第 11 个字符处。请只保留需要的那一条。"),
        (
            refusal("SELECT * FROM read_csv('x')"),
            "这里只能运行读取本数据库中的表的查询：read_csv（第 1 行第 15 个字符）会读写本数据库之外的文件。请改用本数据库中的表。",
        ),
        (refusal("SELECT 'a"), "无法按 duckdb 语法读取这段 SQL：Error tokenizing 'SELECT ''。请修改，或重新提问。"),
        (
            str(QueryFailed("The database refused the query: a. b is empty and c is not.")),
            "数据库拒绝了这条查询：a. b is empty and c is not。",
        ),
        ("Left out: 'a.json' cannot be read as JSON.", "已略去：无法按 JSON 读取 'a.json'。"),
        (notice("me", ["is a member of a and 2 more", "may write to t"]), f"{ROLE}它是 a 以及另外 2 个的成员，还可以写入 t。{SELECT}"),
        (notice("me", ["has CREATE on `t`.*"]), f"{ROLE}它对 `t`.* 有 CREATE 权限。{SELECT}"),
        *zip(renamed(list("ABCDEF "), list("abcdefg")), (f"已改名：{CHANGED}；另有 1 个。", "没有列名的列已命名：'g'。")),
        *zip(grouped([("a", COMMA), ("b", COMMA)]), ["'a', 'b'：逗号已读作小数点。"]),
    ],
)
def test_sentences_that_arose_are_said_in_chinese(english, chinese):
    assert Words("zh").sentence(english) == chinese


@pytest.mark.parametrize(
    "code, templates",
    [
        ('BadInput("No", f"At {a!r} of {b:,}: more")', ["At {} of {}: more"]),
        ('BadInput("One " "and two" + f" for {a}.")', ["One and two for {}."]),
        ("raise Refused(f\"{a} is {'old' if b else 'new'}.\") from error", ["{} is old.", "{} is new."]),
        ('KINDS = "a or b"\nyield f"It is {KINDS}."', ["It is a or b."]),
        ('more = f" and {b}" if b else ""\nsay(f"There is {a}{more}.")', ["There is {} and {}.", "There is {}."]),
        ("yield f\"{count(a, 'row')} left out.\"", ["{} row left out.", "{} rows left out."]),
        ('MissingLibrary("the other one", "one two")', ["the other one"]),
        ('def f():\n    """A word of it."""\n    return "x", "SELECT a FROM b.", "one two"', []),
    ],
)
def test_the_templates_of_a_text_are_what_it_can_come_to(code, templates):
    assert {text for _, text in said_in("some.py", ast.parse(code))} == set(templates)
