"""What was made is kept in every version with its rows, found again, shared and deleted, whatever happens to its file."""

import base64
import os
import sqlite3
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from artifacts.gallery import Gallery, packing, room
from artifacts.gallery.places import Own, Visitors
from artifacts.records import Data, Page
from qsql import userdata
from qsql.errors import BadInput
from tests.test_opening import ordinary_user

NUMBERS = (None, True, False, 1, 1.0, 1.5, -0.0, 1e300, float("inf"), 2**70, -(2**70))
TEXTS = ("", "\ud800", "\ud83d\ude00", "😀", "\x00", "</script>", "مرحبا\u200f")
CELLS = (*NUMBERS, *TEXTS)
DATA = Data(
    "Wie viele?", "SELECT 1", ("a", "b"), ("text", "number"), tuple((cell, n) for n, cell in enumerate(CELLS)), True, "2024-05-01", "x"
)
PAGE = Page("<h1>a</h1>", "A clock", "make a clock", True, ("Mended.",), DATA, '{"kind": "clock"}', ("vega",))
PNG, JPEG, WEBP = b"\x89PNG\r\n\x1a\n" + b"x" * 9, b"\xff\xd8\xff\xe0" + b"x" * 9, b"RIFF\n\x00\x00\x00WEBP" + b"x" * 9


@pytest.fixture
def gallery(tmp_path):
    return Gallery(tmp_path / "data" / "artifacts.sqlite")


def page(title, request="", **more):
    return Page(f"<p>{title}</p>", title, request, True, **more)


def made(gallery, title, request="", versions=1):
    artifact = gallery.add(page(title, request)).artifact
    for _ in range(versions - 1):
        gallery.change(artifact, page(title, request))
    return artifact


def names(artifacts):
    return [artifact.name for artifact in artifacts]


def numbers(gallery, artifact):
    return [version.number for version in gallery.versions(artifact)]


def sets_of_rows(gallery):
    with closing(sqlite3.connect(gallery.path)) as file:
        return file.execute("SELECT count(*) FROM rows").fetchone()[0]


def url(content, kind="png"):
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def test_a_page_comes_back_with_everything_and_outlives_the_app(gallery):
    before = datetime.now(UTC)
    added = gallery.add(PAGE, "a model")
    version = Gallery(gallery.path).version(added.artifact, 1)
    assert version == added and version.page == PAGE
    assert (version.number, version.model, version.name, version.errors) == (1, "a model", "", None)
    assert before <= version.made <= datetime.now(UTC) and version.made.tzinfo == UTC
    artifact = gallery.get(added.artifact)
    assert (artifact.name, artifact.versions, artifact.current, artifact.picture, artifact.link) == ("A clock", 1, 1, "", "")


@pytest.mark.parametrize("cell", CELLS, ids=ascii)
def test_a_cell_comes_back_as_it_was(gallery, cell):
    data = replace(DATA, rows=((cell, 1),))
    (back, _) = gallery.version(gallery.add(replace(PAGE, data=data)).artifact, 1).page.data.rows[0]
    assert (repr(back), type(back)) == (repr(cell), type(cell))


@pytest.mark.parametrize(
    "kept", [Page("", "", ""), replace(PAGE, html="\ud800", title="\ud800", request="\ud800"), replace(PAGE, data=replace(DATA, rows=()))]
)
def test_odd_pages_come_back_too(gallery, kept):
    assert gallery.version(gallery.add(kept).artifact, 1).page == kept and gallery.count() == 1


def test_versions_come_in_order_without_rows_and_say_how_they_ran(gallery):
    artifact = gallery.add(PAGE).artifact
    second = gallery.change(artifact, page("Two"), "m")
    gallery.ran(second.id, 3)
    gallery.name_version(second.id, "  The good\none ")
    first, second = gallery.versions(artifact)
    assert first.page == replace(PAGE, data=None)
    assert (second.number, second.page, second.errors, second.name, second.model) == (2, page("Two"), 3, "The good one", "m")
    assert (gallery.get(artifact).versions, gallery.get(artifact).current, gallery.get(artifact).name) == (2, 2, "Two")


def test_an_old_version_is_shown_and_the_later_ones_stay(gallery):
    artifact = made(gallery, "A", versions=3)
    assert gallery.show(artifact, 1).number == 1 and gallery.get(artifact).current == 1
    assert gallery.change(artifact, page("B")).number == 4 and gallery.get(artifact).current == 4
    assert numbers(gallery, artifact) == [1, 2, 3, 4]


def test_an_old_version_is_copied_as_the_newest(gallery):
    first = gallery.add(PAGE, "m")
    gallery.ran(first.id, 2)
    gallery.name_version(first.id, "Best")
    gallery.change(first.artifact, page("Worse"))
    restored = gallery.restore(first.artifact, 1)
    assert (restored.number, restored.page, restored.model, restored.errors, restored.name) == (3, PAGE, "m", 2, "")
    assert gallery.get(first.artifact).current == 3 and sets_of_rows(gallery) == 1


def test_a_fork_begins_with_a_version_and_goes_its_own_way(gallery):
    artifact = gallery.add(PAGE).artifact
    gallery.name(artifact, "Mine")
    gallery.share(artifact)
    fork = gallery.fork(artifact, 1)
    gallery.change(fork.artifact, page("B"))
    gallery.delete(artifact)
    assert fork.number == 1 and gallery.version(fork.artifact, 1).page == PAGE
    assert names(gallery.list()) == ["B"] and gallery.get(fork.artifact).link == ""


def test_a_name_is_the_persons_or_the_title(gallery):
    artifact = made(gallery, "A clock")
    gallery.name(artifact, " My\n clock ")
    assert gallery.get(artifact).name == "My clock" and names(gallery.list("MY")) == ["My clock"]
    gallery.name(artifact, "")
    assert gallery.get(artifact).name == "A clock" and gallery.list("my") == ()
    for name in (gallery.name, gallery.name_version):
        with pytest.raises(BadInput, match="at most 120"):
            name(1, "x" * 121)


def test_the_same_rows_are_kept_once_as_long_as_a_version_has_them(gallery, monkeypatch):
    monkeypatch.setattr(room, "MOST_VERSIONS", 2)
    artifact = gallery.add(PAGE).artifact
    other = gallery.add(replace(PAGE, data=replace(DATA, made="later", columns=("x", "y")))).artifact
    assert sets_of_rows(gallery) == 1 and gallery.version(other, 1).page.data.columns == ("x", "y")
    gallery.delete(other)
    gallery.change(artifact, page("B"))
    assert sets_of_rows(gallery) == 1
    gallery.change(artifact, page("C"))
    assert numbers(gallery, artifact) == [2, 3] and sets_of_rows(gallery) == 0


@pytest.mark.parametrize(
    "search, found",
    [
        ("", ["二月的图", "Clock", "Ｔimer"]),
        ("clock", ["Clock"]),
        ("CLOCK round", ["Clock"]),
        ("timer", ["Ｔimer"]),
        ("图", ["二月的图"]),
        ("航班 二月", ["二月的图"]),
        ("每月", ["二月的图"]),
        ("first title", ["Clock"]),
        ("favourite", ["Ｔimer"]),
        ("clock timer", []),
        ("100%", []),
        ("_", []),
        ("'; DROP TABLE artifacts --", []),
    ],
)
def test_words_are_found_in_names_titles_and_requests(gallery, search, found):
    timer = made(gallery, "Ｔimer", "count down")
    clock = made(gallery, "First title", "a round one")
    gallery.change(clock, page("Clock"))
    made(gallery, "二月的图", "每月的航班")
    gallery.name_version(gallery.versions(timer)[0].id, "x")
    if search == "favourite":
        gallery.name(timer, "Favourite")
        found = ["Favourite"]
    assert names(gallery.list(search)) == found


def test_a_list_has_the_last_changed_first_and_goes_on_after_one(gallery):
    first, second, third = (made(gallery, title) for title in "ABC")
    gallery.change(first, page("A"))
    gallery.show(second, 1)
    gallery.ran(gallery.versions(second)[0].id, 0)
    assert names(gallery.list()) == ["A", "C", "B"] and gallery.count() == 3
    assert names(gallery.list(limit=1, before=first)) == ["C"] and names(gallery.list(before=third)) == ["B"]
    assert gallery.list(before=second) == () and gallery.list(limit=-1) == ()


def test_an_artifact_is_found_by_its_key_which_nobody_can_guess(gallery):
    artifacts = [gallery.get(made(gallery, "A")) for _ in range(3)]
    assert len({artifact.key for artifact in artifacts}) == 3 and all(len(artifact.key) >= 40 for artifact in artifacts)
    assert [gallery.by_key(artifact.key) for artifact in artifacts] == artifacts


def test_a_link_opens_it_until_it_is_taken_back(gallery):
    artifact, other = made(gallery, "A"), made(gallery, "B")
    link = gallery.share(artifact)
    assert gallery.share(artifact) == link and gallery.by_link(link).id == artifact and gallery.get(artifact).link == link
    gallery.unshare(artifact)
    gallery.unshare(other)
    again = gallery.share(artifact)
    assert again != link and gallery.by_link(again).id == artifact
    for wrong in (link, "", again[:-1], again + "x", again.swapcase(), gallery.get(artifact).key, "\ud800", "%", "' OR 1 --"):
        with pytest.raises(BadInput, match="No page is shared by this link"):
            gallery.by_link(wrong)


@pytest.mark.parametrize("kind, content", [("png", PNG), ("jpeg", JPEG), ("webp", WEBP)])
def test_a_picture_is_kept_and_taken_away(gallery, kind, content):
    artifact = made(gallery, "A")
    gallery.picture(artifact, url(content, kind))
    assert gallery.list()[0].picture == url(content, kind)
    gallery.picture(artifact, "")
    assert gallery.get(artifact).picture == ""


@pytest.mark.parametrize(
    "picture",
    [
        url(b"<svg/>", "svg+xml"),
        url(b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        url(PNG, "jpeg"),
        url(PNG, "PNG"),
        url(PNG, "gif"),
        url(PNG) + '" onerror="x',
        url(PNG) + "\n",
        url(PNG).replace(";base64", ""),
        "data:text/html;base64,PGI+",
        "data:image/png;base64,",
        "data:image/png;base64,iVBOR",
        "https://example.com/a.png",
        "javascript:alert(1)",
        url(PNG + b"x" * 300_000),
    ],
    ids=lambda picture: picture[:40],
)
def test_what_is_no_picture_or_too_large_is_refused(gallery, picture):
    artifact = made(gallery, "A")
    gallery.picture(artifact, url(PNG))
    with pytest.raises(BadInput, match="PNG, JPEG or WebP of at most 300 KB"):
        gallery.picture(artifact, picture)
    assert gallery.get(artifact).picture == url(PNG)


def everything(gallery, artifact):
    return gallery.get(artifact), [gallery.version(artifact, number) for number in numbers(gallery, artifact)]


def test_what_is_deleted_can_be_put_back_as_it_was(gallery):
    artifact = gallery.add(PAGE).artifact
    gallery.name_version(gallery.change(artifact, page("B")).id, "Good")
    gallery.picture(artifact, url(PNG))
    link, before = gallery.share(artifact), everything(gallery, artifact)
    deleted = gallery.delete(artifact)
    assert gallery.list() == () and gallery.count() == 0 and sets_of_rows(gallery) == 0
    with pytest.raises(BadInput, match="No page is shared"):
        gallery.by_link(link)
    other = made(gallery, "Other")
    gallery.restore_deleted(deleted)
    gallery.restore_deleted(deleted)
    assert everything(gallery, artifact) == before and gallery.by_link(link).id == artifact and other != artifact
    assert gallery.list("good") == () and gallery.count() == 2


def test_clearing_leaves_nothing_in_the_file(gallery):
    artifact = gallery.add(replace(PAGE, title="a secret title")).artifact
    gallery.name(artifact, "a secret name")
    made(gallery, "B")
    assert gallery.clear() == 2 and gallery.list() == () and sets_of_rows(gallery) == 0
    assert b"secret" not in gallery.path.read_bytes() and made(gallery, "C") > artifact


@pytest.mark.parametrize(
    "use",
    [
        lambda gallery: gallery.get(9),
        lambda gallery: gallery.by_key("x"),
        lambda gallery: gallery.versions(9),
        lambda gallery: gallery.version(1, 9),
        lambda gallery: gallery.show(1, 9),
        lambda gallery: gallery.restore(1, 9),
        lambda gallery: gallery.restore(9, 1),
        lambda gallery: gallery.fork(1, 9),
        lambda gallery: gallery.change(9, PAGE),
        lambda gallery: gallery.ran(9, 0),
        lambda gallery: gallery.name(9, "x"),
        lambda gallery: gallery.name_version(9, "x"),
        lambda gallery: gallery.picture(9, ""),
        lambda gallery: gallery.share(9),
        lambda gallery: gallery.unshare(9),
        lambda gallery: gallery.delete(9),
        lambda gallery: gallery.list(before=9),
    ],
)
def test_what_is_not_there_is_a_sentence_and_changes_nothing(gallery, use):
    before = everything(gallery, made(gallery, "A"))
    with pytest.raises(BadInput, match="is no longer there"):
        use(gallery)
    assert everything(gallery, 1) == before and gallery.count() == 1 and sets_of_rows(gallery) == 0


def test_the_oldest_versions_without_a_name_make_room(gallery, monkeypatch):
    monkeypatch.setattr(room, "MOST_VERSIONS", 3)
    artifact = made(gallery, "A", versions=3)
    gallery.name_version(gallery.versions(artifact)[0].id, "First")
    gallery.change(artifact, page("B"))
    assert numbers(gallery, artifact) == [1, 3, 4]
    gallery.restore(artifact, 1)
    assert numbers(gallery, artifact) == [1, 4, 5] and gallery.get(artifact).current == 5
    for version in gallery.versions(artifact):
        gallery.name_version(version.id, "Kept")
    for more in (lambda: gallery.change(artifact, PAGE), lambda: gallery.restore(artifact, 1)):
        with pytest.raises(BadInput, match="no room for more versions"):
            more()
    assert numbers(gallery, artifact) == [1, 4, 5] and sets_of_rows(gallery) == 0


def test_the_oldest_artifacts_make_room_but_not_what_is_named_or_shared(gallery, monkeypatch):
    monkeypatch.setattr(room, "MOST_ARTIFACTS", 4)
    named, shared, version, plain = (made(gallery, title) for title in ("named", "shared", "version", "plain"))
    gallery.name(named, "named")
    gallery.share(shared)
    gallery.name_version(gallery.versions(version)[0].id, "x")
    made(gallery, "E")
    assert names(gallery.list()) == ["E", "version", "shared", "named"]
    assert gallery.fork(named, 1).number == 1 and names(gallery.list()) == ["named", "version", "shared", "named"]
    gallery.share(gallery.list()[0].id)
    with pytest.raises(BadInput, match="There is no room for more pages. Delete some first."):
        gallery.add(PAGE)
    assert gallery.count() == 4 and sets_of_rows(gallery) == 0 and plain not in [artifact.id for artifact in gallery.list()]
    gallery.unshare(shared)
    assert gallery.add(PAGE).number == 1 and gallery.count() == 4


def test_what_is_forked_does_not_make_room_for_its_fork(gallery, monkeypatch):
    monkeypatch.setattr(room, "MOST_ARTIFACTS", 2)
    oldest, _ = made(gallery, "A"), made(gallery, "B")
    gallery.fork(oldest, 1)
    assert names(gallery.list()) == ["A", "A"] and gallery.get(oldest).versions == 1


def test_the_file_stays_within_its_bytes(gallery, monkeypatch):
    most = 300_000
    monkeypatch.setattr(room, "MOST_FILE", most)
    for title in "ABCDEF":
        gallery.add(page(title, data=replace(DATA, rows=((os.urandom(45_000).hex(), 1),))))
    assert names(gallery.list()) == ["F", "E", "D", "C", "B"][: gallery.count()] and 2 <= gallery.count() <= 5
    assert gallery.path.stat().st_size <= most and sets_of_rows(gallery) == gallery.count()
    for artifact in gallery.list():
        gallery.name(artifact.id, "kept")
    before = gallery.list()
    with pytest.raises(BadInput, match="no room for more pages"):
        for _ in range(6):
            gallery.change(before[0].id, page("G", data=replace(DATA, rows=((os.urandom(45_000).hex(), 1),))))
    assert len(gallery.list()) == len(before) and gallery.path.stat().st_size <= most


@pytest.mark.parametrize(
    "large",
    [
        page("A", request="x" * packing.MOST_HTML),
        replace(PAGE, html="图" * (packing.MOST_HTML // 3 + 1)),
        replace(PAGE, data=replace(DATA, rows=(("x" * packing.MOST_ROWS, 1),))),
    ],
    ids=["request", "html", "rows"],
)
def test_a_page_that_is_too_large_is_refused(gallery, large):
    with pytest.raises(BadInput, match="too large to be kept"):
        gallery.add(large)
    assert gallery.count() == 0


def test_two_megabytes_of_html_and_of_rows_are_kept(gallery):
    large = replace(PAGE, html="x" * (packing.MOST_HTML - 100), data=replace(DATA, rows=(("北京", 1),) * 100_000))
    assert gallery.version(gallery.add(large).artifact, 1).page == large


@pytest.mark.parametrize("cell", [object(), b"x", 10**5000], ids=["object", "bytes", "long"])
def test_a_cell_of_another_kind_is_a_sentence(gallery, cell):
    with pytest.raises(BadInput, match="rows of this page cannot be kept"):
        gallery.add(replace(PAGE, data=replace(DATA, rows=((cell, 1),))))


CHILD = """
import sys
from pathlib import Path
from artifacts.gallery import Gallery
from artifacts.gallery.places import Own, Visitors
from artifacts.records import Data, Page
gallery, who = Gallery(Path(sys.argv[1])), sys.argv[2]
data = Data("", "", ("a",), ("text",), (("x" * 10_000,),))
for n in range(15):
    gallery.change(1, Page("", f"{who} {n}", "", data=data))
"""


def test_two_processes_and_four_threads_write_at_once(gallery):
    artifact = made(gallery, "A")
    command = [sys.executable, "-c", CHILD, str(gallery.path)]
    with subprocess.Popen([*command, "one"]) as one, subprocess.Popen([*command, "two"]) as two, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: Gallery(gallery.path).change(artifact, page(f"three {n}")), range(15)))
    assert (one.returncode, two.returncode) == (0, 0) and numbers(gallery, artifact) == list(range(1, 47))
    titles = sorted(version.page.title for version in gallery.versions(artifact))
    assert titles == sorted(["A", *(f"{who} {n}" for who in ("one", "two", "three") for n in range(15))]) and sets_of_rows(gallery) == 1


USES = (
    lambda gallery: gallery.list(),
    lambda gallery: gallery.get(1),
    lambda gallery: gallery.versions(1),
    lambda gallery: gallery.version(1, 1),
    lambda gallery: gallery.add(PAGE),
    lambda gallery: gallery.change(1, PAGE),
    lambda gallery: gallery.show(1, 1),
    lambda gallery: gallery.share(1),
    lambda gallery: gallery.delete(1),
    lambda gallery: gallery.clear(),
)


def test_a_locked_file_is_a_sentence_and_nothing_is_half_written(gallery, monkeypatch):
    monkeypatch.setattr(userdata, "WAIT", 0.05)
    before = everything(gallery, made(gallery, "A"))
    with closing(sqlite3.connect(gallery.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for use in USES:
            with pytest.raises(BadInput, match="could not be .* QSQL_DATA"):
                use(gallery)
    assert everything(gallery, 1) == before and gallery.count() == 1


def test_a_full_disk_is_a_sentence_and_nothing_is_half_written(gallery):
    resource = pytest.importorskip("resource")
    before = everything(gallery, made(gallery, "A"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (gallery.path.stat().st_size + 100_000, hard))
    try:
        with pytest.raises(BadInput, match="could not be kept"):
            gallery.change(1, page("B", data=replace(DATA, rows=((os.urandom(200_000).hex(), 1),))))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert everything(gallery, 1) == before and sets_of_rows(gallery) == 0


def broken(path):
    path.write_bytes(b"SQLite format 3\0" + b"not a database" * 100)


def another(path):
    with closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE artifacts (something TEXT)")


@pytest.mark.parametrize("damage", [broken, another])
def test_a_file_that_cannot_be_used_is_a_sentence(gallery, damage):
    gallery.path.parent.mkdir()
    damage(gallery.path)
    for use in USES:
        with pytest.raises(BadInput, match="QSQL_DATA"):
            use(gallery)


@pytest.mark.parametrize(
    "damage",
    ["UPDATE versions SET page = x'00'", "UPDATE versions SET made = 'x'", "UPDATE versions SET page = NULL", "DELETE FROM rows"],
)
def test_a_version_that_cannot_be_read_is_a_sentence(gallery, damage):
    artifact = gallery.add(PAGE).artifact
    with closing(sqlite3.connect(gallery.path)) as file, file:
        file.execute(damage)
    with pytest.raises(BadInput, match="could not be read"):
        gallery.version(artifact, 1)


def test_a_field_that_the_program_does_not_know_is_passed_over():
    packed = packing.pack(PAGE)
    kept = packing._read(packed.page) | {"later": 1}
    assert packing.unpack(packing.zlib.compress(packing._json(kept)), packed.cells) == PAGE


def test_in_a_folder_that_may_not_be_written_what_is_there_is_read():
    with tempfile.TemporaryDirectory() as folder:
        gallery = Gallery(Path(folder) / "artifacts.sqlite")
        artifact = made(gallery, "A")
        gallery.path.chmod(0o444)
        os.chmod(folder, 0o555)
        with ordinary_user():
            assert names(gallery.list()) == ["A"] and gallery.version(artifact, 1).page == page("A")
            for write in (lambda: gallery.add(PAGE), lambda: Gallery(Path(folder) / "new" / "artifacts.sqlite").add(PAGE)):
                with pytest.raises(BadInput, match="could not be kept"):
                    write()
        os.chmod(folder, 0o755)


def test_a_missing_or_empty_file_holds_nothing_and_looking_makes_none(gallery):
    for _ in range(2):
        assert gallery.list("x") == () and gallery.count() == 0 and gallery.clear() == 0
        for look in (lambda: gallery.get(1), lambda: gallery.versions(1), lambda: gallery.version(1, 1), lambda: gallery.by_key("x")):
            with pytest.raises(BadInput, match="no longer there"):
                look()
        if not gallery.path.parent.exists():
            gallery.path.parent.mkdir()
            gallery.path.touch()
    assert gallery.path.stat().st_size == 0 and made(gallery, "A")


def test_half_a_character_in_a_name_is_a_sentence_and_breaks_nothing(gallery):
    artifact = made(gallery, "A")
    with pytest.raises(BadInput):
        gallery.name(artifact, "\ud800")
    with pytest.raises(BadInput):
        gallery.list("\ud800")
    assert names(gallery.list()) == ["A"]


# Where they are


def test_an_address_leads_to_ones_own_page_and_says_where_the_file_cannot_be_read(tmp_path):
    own = Own(tmp_path / "pages.sqlite")
    version = own.of("").add(Page("<p>x", "t", "r"))
    key = own.of("").get(version.artifact).key
    assert own.find(key, {}).html == "<p>x" and own.find("x" * 43, {}) is None
    (tmp_path / "pages.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(BadInput):
        own.find(key, {})


def test_an_address_leads_only_to_what_a_visitor_shares(tmp_path):
    visitors = Visitors(tmp_path)
    one, other = visitors.of("one"), visitors.of("other")
    version = one.add(Page("<p>x", "t", "r"))
    assert other.list() == () and visitors.find(one.get(version.artifact).key, {}) is None
    link = one.share(version.artifact)
    (tmp_path / "0.sqlite").write_bytes(b"no database" * 1000)
    assert visitors.find(link, {}).html == "<p>x"
    one.unshare(version.artifact)
    assert visitors.find(link, {}) is None
