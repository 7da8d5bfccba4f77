"""The structure that README and newcomers rely on: who may import whom, and who may know what."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted([ROOT / "app.py", *ROOT.glob("qsql/**/*.py"), *ROOT.glob("artifacts/**/*.py")])

# A lower line may import a higher one, never the reverse; files of one line may import each other only within a folder.
LAYERS = [
    ["qsql.errors", "qsql.records"],
    ["qsql.export"],
    ["qsql.follow", "qsql.plan", "qsql.show", "qsql.texts"],
    ["qsql.outline", "qsql.quantities", "qsql.telling"],
    ["qsql.subjects"],
    ["qsql.chart"],
    ["qsql.preferences"],
    ["qsql.settings"],
    ["qsql.databases", "qsql.models"],
    ["qsql.prompt", "qsql.sql", "qsql.userdata", "qsql.values"],
    [
        *("qsql.accepted", "qsql.address", "qsql.comments", "qsql.followups", "qsql.glossary", "qsql.history"),
        *("qsql.idioms", "qsql.links", "qsql.plan_of", "qsql.repair", "qsql.tables"),
    ],
    ["qsql.recent", "qsql.steps"],
    ["qsql.suggest", "qsql.warm", "qsql.zero"],
    ["qsql.ask", "qsql.assist"],
    ["qsql"],
    ["qsql.evaluate"],
    ["qsql.compare"],
    ["qsql.cli", "qsql.desktop", "qsql.ui"],
    ["qsql.mcp", "qsql.share"],
    ["app"],
]

# Each library in one place, so that a machine without it still starts.
ONLY_IN = {
    "gradio": ("app", "qsql.ui", "artifacts.ui"),
    "sqlglot": ("qsql.sql", "qsql.repair"),
    "duckdb": ("qsql.databases.duckdb",),
    "sqlite3": ("qsql.databases.sqlite", "qsql.userdata"),
    "sqlalchemy": ("qsql.databases.sqlalchemy",),
    "pyspark": ("qsql.databases.spark",),
    "xllamacpp": ("qsql.models.llamacpp",),
    "transformers": ("qsql.models.transformers",),
    "torch": ("qsql.models.transformers",),
    "mlx": ("qsql.models.mlx",),
    "mlx_lm": ("qsql.models.mlx",),
    "openai": ("qsql.models.openai",),
    "python_calamine": ("qsql.databases.excel",),
    "xlsxwriter": ("qsql.export",),
    "inflection": ("qsql.subjects", "qsql.tables"),
    "webview": ("qsql.desktop",),
    "vl_convert": ("qsql.chart.save", "artifacts.libraries"),
    "psutil": ("qsql.models", "qsql.history"),
    "huggingface_hub": ("qsql.models.hub",),
    "turbohtml": ("artifacts.scrub",),
    "PIL": ("artifacts.skeleton",),
    "filelock": ("qsql.models.fetch", "qsql.databases"),
    "mcp": ("qsql.mcp.server",),
}

# What `artifacts` may know of `qsql`.
ARTIFACTS_MAY_IMPORT = {"qsql.records", "qsql.errors", "qsql.follow", "qsql.models.base", "qsql.models.size", "qsql.texts", "qsql.userdata"}


def name_of(path: Path) -> str:
    return re.sub(r"\.__init__$", "", path.relative_to(ROOT).with_suffix("").as_posix().replace("/", "."))


def imports_of(path: Path) -> set[str]:
    """Dotted names of all modules that a file imports, wherever in it the import stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name for name in inside if is_module(name)} or {node.module}
    return found


def is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def layer_of(name: str) -> int:
    (number,) = [number for number, layer in enumerate(LAYERS) if group_of(name) in layer]
    return number


def group_of(name: str) -> str:
    return ".".join(name.split(".")[:2])


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_imports_point_upwards_only(path):
    name = name_of(path)
    if name.startswith("artifacts"):
        return
    for other in imports_of(path):
        if other.split(".")[0] == "qsql" and group_of(other) != group_of(name):
            assert layer_of(other) < layer_of(name), f"{name} imports {other}"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_the_two_packages_keep_to_their_sides(path):
    name = name_of(path)
    for other in imports_of(path):
        if name.startswith("qsql"):
            assert not other.startswith("artifacts"), f"{name} imports {other}"
        if name.startswith("artifacts") and other.startswith("qsql"):
            assert other in ARTIFACTS_MAY_IMPORT, f"{name} imports {other}"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_each_library_is_known_in_its_own_place_only(path):
    name = name_of(path)
    for library in {other.split(".")[0] for other in imports_of(path)} & set(ONLY_IN):
        assert name.startswith(ONLY_IN[library]), f"{name} imports {library}"


def calls(path: Path, wanted: str) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(isinstance(node, ast.Call) and getattr(node.func, "id", "") == wanted for node in ast.walk(tree))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_only_the_reader_makes_a_query(path):
    assert name_of(path) == "qsql.sql" or not calls(path, "Query")


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_nothing_prints_but_the_way_in(path):
    assert name_of(path) == "app" or not calls(path, "print")


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_only_settings_reads_the_environment(path):
    if name_of(path) not in ("qsql.settings", "app"):
        assert not re.search(r"os\.(environ|getenv)", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_only_the_sandbox_knows_the_frame(path):
    if name_of(path) != "artifacts.sandbox":
        source = path.read_text(encoding="utf-8")
        assert "allow-scripts" not in source and "default-src" not in source and "frame-src" not in source


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_files_and_functions_stay_readable(path):
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= 400
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert node.end_lineno - node.lineno <= 60, f"{node.name} is long"


def test_public_names_are_sorted_and_there():
    import qsql

    assert qsql.__all__ == sorted(qsql.__all__)
    assert all(hasattr(qsql, name) for name in qsql.__all__)


@pytest.mark.parametrize(
    "name", ["qsql", "qsql.mcp", "app"]
)  # Gradio calls home and chooses its folder when it is imported: after the way in
def test_importing_it_brings_no_heavy_library(name):
    import subprocess
    import sys

    heavy = ["torch", "transformers", "mlx", "xllamacpp", "gradio", "pandas", "openai", "sqlalchemy", "psycopg", "pyspark"]
    code = f"import sys, {name}; print([name for name in {heavy!r} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True).stdout == "[]\n"
