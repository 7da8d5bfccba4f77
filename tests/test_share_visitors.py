"""What visitors of a shared app reach, and what they are shown."""

import re
from pathlib import Path

import pytest

from qsql.errors import CannotOpen, ModelUnreachable
from qsql.settings import Settings
from qsql.share.mask import mask_of, masking
from tests.servers import closed_port
from tests.sharing import PASSWORD, Site, file_data, sharing

# What a visitor opens


def test_a_visitor_asks_the_shared_database(guest):
    assert "shop.csv" in guest.does("on_open", "shop.csv")
    assert "cake" in guest.asks("SELECT * FROM shop")
    assert "cake" in guest.asked("Which item costs 4?")


def test_a_visitor_asks_an_upload_and_comes_back_to_it_by_its_name(guest):
    assert "tools.csv" in guest.opens(("tools.csv", b"tool,price\nnails,1\n"))
    assert "nails" in guest.asks("SELECT * FROM tools")
    guest.does("on_open", "shop.csv")
    assert "cake" in guest.asks("SELECT * FROM shop")
    guest.does("on_open", "tools.csv")
    assert "nails" in guest.asks("SELECT * FROM tools")


REFUSED = "Only the shared database and files that you upload can be opened here."


@pytest.mark.parametrize(
    "named",
    [
        "/etc/passwd",
        "../shop.csv",
        "sample",
        "",
        "sqlite:////etc/passwd",
        "postgresql://127.0.0.1/x",
        "http://127.0.0.1/",
        "~",
        "\x00",
        None,
        5,
        ["a"],
    ],
)
def test_what_a_visitor_names_is_not_opened(guest, named):
    assert REFUSED in guest.does("on_open", named)


def test_the_owners_own_path_is_not_opened_either(site, guest):
    assert REFUSED in guest.does("on_open", str(site.folder / "shop.csv"))


def test_what_another_visitor_uploaded_is_not_opened(site, guest):
    with site.guest() as other:
        theirs = other.upload(("theirs.csv", b"a\n1\n")).json()[0]
        opened = other.opens(("opened.csv", b"a\n1\n"))
        assert "opened" in opened
        kept = next(iter(other_sources(site)))[0]
        for path in (theirs, kept):
            assert REFUSED in guest.does("upload", [file_data(path)])
            assert REFUSED in guest.does("on_open", path)
        assert REFUSED in guest.does("on_open", "opened.csv")


def other_sources(site: Site) -> list[tuple[str, ...]]:
    accounts = site.workspace.visitors._accounts.values()
    return [source for account in accounts for source in account.opened if source[0].endswith("opened.csv")]


def forged(path: str) -> list[object]:
    """The same path in every place where a program may write it as that of a file."""
    data = file_data(path)
    url = {**data, "url": path}
    return [[data], data, [{"path": path}], [url], [{**data, "meta": 5}], {"files": [{"deep": data}]}, [[data]], [{"path": [path]}]]


@pytest.mark.parametrize("path", ["/etc/passwd", "../../etc/passwd", "http://127.0.0.1:9/x", "file:///etc/passwd", "~/.ssh/id_rsa"])
def test_no_path_is_opened_in_the_place_of_an_upload(guest, path):
    for payload in forged(path):
        assert REFUSED in guest.does("upload", payload)
    for payload in (path, [path], [{"path": "", "url": path, "meta": file_data("")["meta"]}], {path: path}, None, 5):
        answer = guest.does("upload", payload)
        assert ('"error":null' in answer or REFUSED in answer) and "schema_head" not in answer


def test_a_path_through_an_upload_or_a_link_is_not_opened(guest, tmp_path):
    mine = guest.upload(("mine.csv", b"a\n1\n")).json()[0]
    link = Path(mine).with_name("link.csv")
    link.symlink_to("/etc/hosts")
    try:
        for path in (f"{mine}/../link.csv", str(link), f"{Path(mine).parent}/../../../etc/hosts", f"{mine}/", mine + "\x00"):
            assert REFUSED in guest.does("upload", [file_data(path)])
    finally:
        link.unlink()
    assert REFUSED in guest.does("upload", [file_data(mine), file_data("/etc/hosts")])
    assert "mine.csv" in guest.does("upload", [file_data(mine)])


def test_nothing_is_fetched_through_the_file_address(guest):
    answers = [
        guest.get(f"/gradio_api/file={path}") for path in ("http://127.0.0.1:9/x", "https://example.org/", "//127.0.0.1/x", "/etc/passwd")
    ]
    assert {answer.status_code for answer in answers} <= {403, 404}


def test_two_visitors_who_upload_the_same_bytes_have_each_their_own(site):
    with site.guest() as first, site.guest() as second:
        paths = [guest.upload(("same.csv", b"a\n77\n")).json() for guest in (first, second)]
        assert paths[0] == paths[1]
        assert "same.csv" in first.does("upload", [file_data(paths[0][0])])
        assert "same.csv" in second.does("upload", [file_data(paths[1][0])])
        assert not Path(paths[0][0]).exists()
        first.does("unload")
        assert "77" in second.asks("SELECT * FROM same")


def test_a_tab_belongs_to_the_visitor_who_opened_it(site, guest):
    guest.does("on_open", "shop.csv")
    with site.guest() as other:
        assert "another visitor" in other.join("on_open", ["shop.csv"], session=guest.session).text
        for path in (f"queue/data?session_hash={guest.session}", f"heartbeat/{guest.session}"):
            answer = other.get(f"/gradio_api/{path}")
            assert (answer.status_code, "another visitor" in answer.text) == (403, True)
        cancelled = other.post("/gradio_api/cancel", json={"session_hash": guest.session, "fn_index": 1, "event_id": "x"})
        assert cancelled.status_code == 403


def test_answers_are_neither_kept_nor_recalled(site, guest):
    guest.asked("How many?")
    for verdict in ("on_right", "on_wrong"):
        assert "Answers are not kept while the app is shared." in guest.does(verdict, None)
    assert not (site.folder / "accepted.sqlite").exists()


# What is shown


def test_no_path_of_this_machine_is_in_what_a_page_gets(site, guest):
    guest.opens(("mine.csv", b"a\n1\n"))
    got = [guest.get(path).text for path in ("/", "/config", "/gradio_api/info", "/gradio_api/info?all_endpoints=true")]
    got += [guest.does("on_open", name) for name in ("shop.csv", "mine.csv")]
    uploads = str(site.workspace.visitors.folder)
    assert not [text for text in got if str(site.folder) in text or uploads in text or PASSWORD in text]


def test_an_upload_that_is_none_says_so_by_its_name_only(site, guest):
    said = guest.opens(("broken.duckdb", b"x" * 100))
    assert "broken.duckdb" in said and "is not a database" in said
    assert not re.search(r"/[\w.-]+/", said.partition("alert")[2].partition("</p>")[0])


@pytest.mark.parametrize(
    "said, shown",
    [
        ("There is no file '/home/jane doe/my data/shop.csv'.", "There is no file 'shop.csv'."),
        ("There is no file /var/lib/data/shop.csv.", "There is no file shop.csv."),
        (r"'C:\\Users\\jane\\shop.db' cannot be read", "'shop.db' cannot be read"),
        ("It is in ~/secret/models/q.gguf", "It is in q.gguf"),
        ("/data of mine/x/shop.db is gone", "shop.db is gone"),
        ("http://model.inside:9/v1 does not answer", "the model does not answer"),
        ('connection to server at "10.1.2.3", port 5432', 'connection to server at "***", port 5432'),
        ("price / 2 and a/b of 3/4 is no column", "price / 2 and a/b of 3/4 is no column"),
        ("No table is called flights.", "No table is called flights."),
    ],
)
def test_an_error_keeps_the_last_name_of_a_path(said, shown):
    mask = mask_of(Settings.load(database="/data of mine/x/shop.db", model="http://model.inside:9/v1"))
    with pytest.raises(CannotOpen) as error, masking(mask):
        raise CannotOpen(said)
    assert str(error.value) == shown


def test_no_address_of_several_servers_is_told():
    mask = mask_of(Settings.load(model="http://me:secret@model.inside:9/v1,http://model.beside/v1#m"))
    said = mask("http://model.beside/v1 is not ready. http://model.inside:9/v1 broke off, and model.beside did.")
    assert said == "the model is not ready. the model broke off, and the model's server did."


def test_a_model_that_cannot_be_had_says_nothing_of_where_it_is(tmp_path):
    def model():
        raise ModelUnreachable(f"The server at {address} does not answer.", f"Look at {tmp_path}/a/log.")

    address = f"{closed_port()}/v1"
    with sharing(tmp_path, load=model, model=address) as site, site.guest() as guest:
        for said in (guest.asked("How many?"), guest.does("make", "a clock", "new", None, None)):
            assert "The server at the model does not answer. Look at log." in said
