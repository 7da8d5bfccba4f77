"""The shared app over real HTTP: who is let in, what they reach, what it costs them, and what they are shown."""

import os
import re
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

import app
from qsql.errors import CannotOpen, ModelUnreachable
from qsql.models.echo import Echo
from qsql.settings import Settings
from qsql.share.mask import mask_of, masking
from qsql.share.names import OwnName
from qsql.share.serving import Share, make_password, opening_words
from qsql.share.throttle import MOST, Throttle
from tests.servers import closed_port
from tests.sharing import PASSWORD, Clock, Guest, Site, file_data, sharing, until

ROOT = Path(__file__).parent.parent
SHOTS = Path(__file__).parent / "screenshots"
SLOW = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with sharing(tmp_path_factory.mktemp("site"), share_minute=1000) as site:
        visitors = site.workspace.visitors
        visitors.limits = replace(visitors.limits, events_minute=10_000, visitors=1000)
        yield site


@pytest.fixture
def guest(site):
    with site.guest() as guest:
        yield guest


# Who is let in


def addresses_of(site: Site) -> list[tuple[str, str]]:
    """Every address that Gradio answers, with its method, filled with something."""
    paths = {path: methods for path, methods in site.demo.app.openapi()["paths"].items()}
    more = [("get", path) for path in ("/monitoring/key/dashboard", "/docs", "/redoc", "//config", "/config%3F", "/favicon.ico%3Fx")]
    filled = [(method, re.sub(r"\{[^}]*\}", "x", path)) for path, methods in paths.items() for method in methods]
    return (
        more
        + filled
        + [("post", "/gradio_api/upload"), ("get", "/gradio_api/file=/etc/hostname"), ("get", "/gradio_api/file=https://x.org/")]
    )


def test_without_a_log_in_every_address_is_locked(site):
    stranger = Guest(site)
    answers = {(method, path): stranger.request(method, path) for method, path in addresses_of(site) if not path.startswith("/login")}
    assert len(answers) > 70
    let_in = {path for (_, path), answer in answers.items() if answer.status_code != 401}
    assert let_in == {"/favicon.ico", "/gradio_api/startup-events"}
    assert stranger.get("/gradio_api/startup-events").text == "false"


def test_a_person_without_a_log_in_gets_a_page_that_tells_nothing(site):
    page = httpx.get(site.url, headers={"accept": "text/html"}, trust_env=False)
    assert page.status_code == 401 and 'type="password"' in page.text
    assert not re.search("shop|gradio|script", page.text)
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"] and "default-src 'none'" in page.text


def test_with_a_log_in_only_what_the_app_uses_is_there(site, guest):
    gone = ("token", "runs", "openapi.json", "dev/reload", "component_server", "vibe-code/", "process_recording", "proxy=http://x")
    assert {guest.get(f"/gradio_api/{path}").status_code for path in gone} == {404}
    assert {guest.post(f"/gradio_api/{path}", json={}).status_code for path in gone} == {404}
    assert {guest.get(path).status_code for path in ("/", "/config", "/gradio_api/info", "/theme.css", "/gradio_api/user")} == {200}
    assert {guest.get(path).status_code for path in ("/logout", "/monitoring", "/openapi.json")} == {404}


def test_the_right_password_is_let_in_and_a_wrong_one_is_not(site):
    stranger = Guest(site, "198.51.100.1")
    for wrong in ("", PASSWORD + " ", PASSWORD.upper(), "пароль"):
        assert (stranger.log_in(wrong).status_code, stranger.get("/config").status_code) == (401, 401)
    assert stranger.log_in().status_code == 200
    assert stranger.get("/config").status_code == 200


def test_a_form_leads_a_person_to_the_app_and_back_to_the_field(site):
    person = Guest(site, "198.51.100.2")
    wrong = person.log_in("wrong one", accept="text/html")
    assert wrong.status_code == 401 and "This is not the password." in wrong.text and "wrong one" not in wrong.text
    right = person.log_in(accept="text/html")
    assert (right.status_code, right.headers["location"]) == (303, "./")
    assert all("httponly" in cookie.lower() for cookie in right.headers.get_list("set-cookie"))


def test_a_log_in_that_is_too_long_is_not_read(site):
    assert Guest(site, "198.51.100.3").post("/login", data={"password": "x" * 5000}).status_code == 403
    chunks = httpx.post(site.url + "login", content=iter([b"password=x"]), trust_env=False)
    assert chunks.status_code == 403


# Guessing


def test_wrong_passwords_make_the_next_try_wait_and_then_the_right_one_is_let_in(tmp_path):
    with sharing(tmp_path) as site:
        guesser, other = Guest(site, "203.0.113.5"), Guest(site, "203.0.113.6")
        assert [guesser.log_in("guess").status_code for _ in range(5)] == [401] * 5
        locked = guesser.log_in()
        assert (locked.status_code, locked.headers["retry-after"]) == (429, "1")
        assert "Try again in 1 seconds." in locked.json()["detail"]
        assert other.log_in().status_code == 200
        site.clock.now += 1
        assert guesser.log_in("guess").status_code == 401
        assert guesser.log_in().headers["retry-after"] == "2"
        site.clock.now += 2
        assert guesser.log_in().status_code == 200


def guess(throttle: Throttle, clock: Clock, address: str) -> None:
    """A wrong password, as soon as one may be given."""
    if wait := throttle.begin(address):
        clock.now += wait
        assert throttle.begin(address) == 0


@pytest.mark.parametrize("wrong, wait", [(0, 0), (4, 0), (5, 1), (6, 2), (10, 32), (13, 256), (14, 300), (40, 300)])
def test_each_wrong_password_makes_an_address_wait_longer(wrong, wait):
    clock = Clock()
    throttle = Throttle(clock)
    for _ in range(wrong):
        guess(throttle, clock, "192.0.2.1")
    assert throttle.begin("192.0.2.1") == wait
    assert throttle.begin("192.0.2.2") == 0


def test_neighbours_in_ipv6_wait_as_one():
    clock = Clock()
    throttle = Throttle(clock)
    for number in range(5):
        guess(throttle, clock, f"2001:db8::{number}")
    assert throttle.begin("2001:db8::ffff") == 1
    assert throttle.begin("2001:db8:1::1") == 0


def test_many_addresses_that_guess_make_everyone_wait_a_little_and_are_not_all_remembered():
    clock = Clock()
    throttle = Throttle(clock)
    for number in range(MOST + 100):
        guess(throttle, clock, f"10.0.{number // 256}.{number % 256}")
    assert len(throttle._each) == MOST
    assert throttle.begin("192.0.2.1") == 5
    clock.now += 3601
    assert throttle.begin("192.0.2.1") == 0


# Other sites


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """The address of an app that is not shared."""
    settings = Settings.load(model="echo", database="sample", data=tmp_path_factory.mktemp("local"))
    demo, workspace = app.build(settings, lambda: Echo(("SELECT 1",)))
    _, url, _ = app.launch(demo)
    yield url
    demo.close(verbose=False)
    workspace.close()


FOREIGN = (
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://localhost:1"},
    {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"},
    {"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors"},
)
ASKED = (
    ("POST", "/gradio_api/queue/join"),
    ("POST", "/gradio_api/upload"),
    ("POST", "/login"),
    ("GET", "/config"),
    ("GET", "/gradio_api/queue/status"),
)


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize("method, path", ASKED)
def test_a_page_of_another_site_gets_nothing(local, guest, method, path, headers):
    body = {"data": ["sample"], "fn_index": 1, "session_hash": "foreign"}
    mine = httpx.Client(base_url=local, trust_env=False)
    for client in (mine, guest):
        answer = client.request(method, path, json=body, headers=headers)
        assert (answer.status_code, "sample" in answer.text) == (403, False)
    assert "another site" in answer.text


def test_a_link_from_another_site_leads_here_but_its_form_does_not(local):
    visit = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert httpx.get(local, headers=visit, trust_env=False).status_code == 200
    assert httpx.post(local + "login", headers={**visit, "origin": "https://evil.example"}, trust_env=False).status_code == 403


def test_the_apps_own_page_is_answered(local):
    own = {"origin": local.rstrip("/"), "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}
    sent = {"data": ["sample"], "fn_index": 1, "session_hash": "own"}
    assert httpx.post(local + "gradio_api/queue/join", json=sent, headers=own, trust_env=False).status_code == 200


@pytest.mark.parametrize(
    "host, share, network",
    [
        ("127.0.0.1:7860", 200, 200),
        ("localhost", 200, 200),
        ("abc.gradio.live", 200, 400),
        ("evil.gradio.live", 400, 400),
        ("evil.example:7860", 400, 400),
        ("192.168.1.20:7860", 400, 200),
        ("[fe80::1]:7860", 400, 200),
        ("192.168.1.20.evil.example", 400, 400),
        ("", 400, 400),
        ("[", 400, 400),
    ],
)
def test_each_way_to_share_answers_to_its_own_names(host, share, network):
    async def inner(scope, receive, send):
        await httpx_answer(send)

    async def httpx_answer(send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    link = OwnName(inner, ("127.0.0.1", "localhost"), link="abc.gradio.live")
    open_host = OwnName(inner, ("127.0.0.1", "localhost", "myhost"), numbers=True)
    assert (status_of(link, host), status_of(open_host, host)) == (share, network)


def status_of(own: OwnName, host: str) -> int:
    import asyncio

    sent = []
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", host.encode())], "query_string": b""}

    async def send(message):
        sent.append(message)

    asyncio.run(own(scope, None, send))
    return sent[0]["status"]


# What a visitor opens


def test_a_visitor_asks_the_shared_database(guest):
    assert "shop.csv" in guest.does("open", "shop.csv")
    assert "cake" in guest.asks("SELECT * FROM shop")
    assert "cake" in guest.asked("Which item costs 4?")


def test_a_visitor_asks_an_upload_and_comes_back_to_it_by_its_name(guest):
    assert "tools.csv" in guest.opens(("tools.csv", b"tool,price\nnails,1\n"))
    assert "nails" in guest.asks("SELECT * FROM tools")
    guest.does("open", "shop.csv")
    assert "cake" in guest.asks("SELECT * FROM shop")
    guest.does("open", "tools.csv")
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
    assert REFUSED in guest.does("open", named)


def test_the_owners_own_path_is_not_opened_either(site, guest):
    assert REFUSED in guest.does("open", str(site.folder / "shop.csv"))


def test_what_another_visitor_uploaded_is_not_opened(site, guest):
    with site.guest() as other:
        theirs = other.upload(("theirs.csv", b"a\n1\n")).json()[0]
        opened = other.opens(("opened.csv", b"a\n1\n"))
        assert "opened" in opened
        kept = next(iter(other_sources(site)))[0]
        for path in (theirs, kept):
            assert REFUSED in guest.does("upload", [file_data(path)])
            assert REFUSED in guest.does("open", path)
        assert REFUSED in guest.does("open", "opened.csv")


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
    guest.does("open", "shop.csv")
    with site.guest() as other:
        assert "another visitor" in other.join("open", ["shop.csv"], session=guest.session).text
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
    got += [guest.does("open", name) for name in ("shop.csv", "mine.csv")]
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


def test_a_model_that_cannot_be_had_says_nothing_of_where_it_is(tmp_path):
    def model():
        raise ModelUnreachable(f"The server at {address} does not answer.", f"Look at {tmp_path}/a/log.")

    address = f"{closed_port()}/v1"
    with sharing(tmp_path, load=model, model=address) as site, site.guest() as guest:
        for said in (guest.asked("How many?"), guest.does("write_page", "a clock", "new", None, None)):
            assert "The server at the model does not answer. Look at log." in said


# Limits


def test_one_question_at_a_time_for_a_visitor_and_not_for_others(tmp_path):
    with sharing(tmp_path, seconds=20) as site, site.guest() as guest, site.guest() as other:
        assert guest.join("run", [None, SLOW, None]).status_code == 200
        with guest.listening("Running"):
            assert "Another question of yours is still running." in guest.does("run", None, "SELECT 1", None, session="second")
            assert "cake" in other.asks("SELECT * FROM shop")
            guest.post("/gradio_api/run/on_stop", json={"data": [], "session_hash": guest.session})
            assert until(lambda: "cake" in guest.does("run", None, "SELECT * FROM shop", None, session="second"))


def test_questions_of_a_minute_are_counted(tmp_path):
    with sharing(tmp_path, share_minute=2) as site, site.guest() as guest, site.guest() as other:
        assert ["cake" in guest.asks("SELECT * FROM shop") for _ in range(3)] == [True, True, False]
        assert "You have used your 2 questions of this minute. Wait 60 seconds." in guest.asks("SELECT 1")
        assert "cake" in other.asks("SELECT * FROM shop")
        site.clock.now += 61
        assert "cake" in guest.asks("SELECT * FROM shop")


def test_requests_of_a_minute_are_counted(tmp_path):
    with sharing(tmp_path) as site, site.guest() as guest:
        visitors = site.workspace.visitors
        visitors.limits = replace(visitors.limits, events_minute=3)
        answers = [guest.join("open", ["shop.csv"]) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 403]
        assert "You have used your 3 requests of this minute." in answers[-1].text


def test_rows_end_at_a_thousand(guest):
    assert "The first 1,000 rows of more" in guest.asks("SELECT * FROM range(5000)")


def test_uploads_are_counted_together_and_dropped_ones_no_longer(tmp_path):
    half, small = b"a\n" + b"1\n" * 300_000, b"a\n1\n"
    with sharing(tmp_path, share_upload=1) as site, site.guest() as guest, site.guest() as other:
        assert "big.csv" in guest.opens(("big.csv", half))
        refused = guest.upload(("again.csv", half))
        assert (refused.status_code, refused.text) == (
            413,
            "Your uploads would be more than 1 MB together. Reload the page to drop those that are open.",
        )
        assert other.upload(("mine.csv", half)).status_code == 200
        assert guest.upload(("small.csv", small)).status_code == 200
        guest.does("unload")
        assert guest.upload(("again.csv", half)).status_code == 200


def test_a_file_without_a_length_or_too_large_by_itself_is_not_taken(tmp_path):
    with sharing(tmp_path, share_upload=1) as site, site.guest() as guest:
        assert guest.upload(("huge.csv", b"x" * 3_000_000)).status_code == 413
        headers = {"content-type": "multipart/form-data; boundary=x"}
        chunked = guest.post("/gradio_api/upload", content=iter([b"--x\r\n"]), headers=headers)
        assert (chunked.status_code, chunked.text) == (413, "A request has to say how long it is.")


def test_open_uploads_are_counted(tmp_path):
    with sharing(tmp_path, share_databases=1) as site, site.guest() as guest, site.guest() as other:
        assert "one.csv" in guest.opens(("one.csv", b"a\n1\n"))
        assert "You have 1 uploads open, as many as can be." in guest.opens(("two.csv", b"a\n1\n"))
        visitors = site.workspace.visitors
        visitors.limits = replace(visitors.limits, all_databases=1)
        assert "of all visitors" in other.opens(("three.csv", b"a\n1\n"))


def test_visitors_are_counted_but_those_who_keep_nothing_make_room(tmp_path):
    with sharing(tmp_path) as site, site.guest() as guest:
        visitors = site.workspace.visitors
        visitors.limits = replace(visitors.limits, visitors=1)
        assert "mine.csv" in guest.opens(("mine.csv", b"a\n1\n"))
        answer = Guest(site).log_in()
        assert answer.status_code == 403 and "As many people as can be are here already." in answer.text
        guest.does("unload")
        assert Guest(site).log_in().status_code == 200


def test_an_upload_that_breaks_off_counts_until_its_file_is_gone(tmp_path):
    with sharing(tmp_path, share_upload=1) as site, site.guest() as guest:
        break_off(site, guest, 900_000)
        (account,) = site.workspace.visitors._accounts.values()
        assert until(lambda: account.failed)
        assert guest.upload(("mine.csv", b"a\n" + b"1\n" * 100_000)).status_code == 413
        (stray,) = site.workspace.coming.glob("tmp*")
        os.utime(stray, (0, 0))
        site.clock.now += 601
        site.workspace.sweep()
        assert not stray.exists()
        assert guest.upload(("mine.csv", b"a\n" + b"1\n" * 100_000)).status_code == 200


def break_off(site: Site, guest: Guest, size: int) -> None:
    """Send half of an upload and go."""
    part = '--x\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n' + "1\n" * (size // 4)
    with raw_upload(site, guest, part, {"Content-Length": str(size)}):
        assert until(lambda: list(site.workspace.coming.glob("tmp*")))


@contextmanager
def raw_upload(site: Site, guest: Guest, body: str, headers: dict[str, str]):
    """What no well-kept client sends: the connection after this much of a request."""
    place = httpx.URL(site.url)
    cookies = "; ".join(f"{name}={value}" for name, value in guest.cookies.items())
    about = {"Host": place.netloc.decode(), "Content-Type": "multipart/form-data; boundary=x", "Cookie": cookies, **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in about.items())
    with socket.create_connection((place.host, place.port), timeout=10) as connection:
        connection.sendall(f"POST /gradio_api/upload HTTP/1.1\r\n{head}\r\n{body}".encode())
        yield connection


def test_a_length_that_does_not_hold_is_not_believed(site, guest):
    both = {"Content-Length": "5", "Transfer-Encoding": "chunked"}
    with raw_upload(site, guest, "5\r\n--x\r\n\r\n", both) as connection:
        assert b"413" in connection.recv(4096).partition(b"\r\n")[0]


def test_uploads_go_when_the_tab_is_closed(tmp_path):
    with sharing(tmp_path) as site, site.guest() as guest:
        folder = site.workspace.visitors.folder
        with guest.tab_open():
            assert "mine.csv" in guest.opens(("mine.csv", b"a\n1\n"))
            assert len(list(folder.iterdir())) == 1
        assert until(lambda: not list(folder.iterdir()))
        assert "This upload is no longer here. Upload it again." in guest.asks("SELECT * FROM mine")


def test_uploads_go_after_an_hour_without_use(tmp_path):
    with sharing(tmp_path) as site, site.guest() as guest:
        assert "mine.csv" in guest.opens(("mine.csv", b"a\n77\n"))
        waiting = Path(guest.upload(("waiting.csv", b"a\n2\n")).json()[0])
        site.clock.now += 3599
        site.workspace.sweep()
        assert waiting.exists() and "77" in guest.asks("SELECT * FROM mine")
        site.clock.now += 3601
        site.workspace.sweep()
        assert not waiting.exists() and not list(site.workspace.visitors.folder.iterdir())
        assert "This upload is no longer here." in guest.asks("SELECT * FROM mine")
        assert "cake" in (guest.does("open", "shop.csv") and guest.asks("SELECT * FROM shop"))


def test_all_uploads_go_when_the_app_ends(tmp_path):
    with sharing(tmp_path) as site, site.guest() as guest:
        guest.opens(("mine.csv", b"a\n1\n"))
        opened, coming = site.workspace.visitors.folder, Path(guest.upload(("other.csv", b"a\n2\n")).json()[0])
        assert opened.exists() and coming.is_relative_to(opened.parent)
    assert not opened.parent.exists()


# How it begins


def run_app(tmp_path, *arguments: str, **environment: str) -> subprocess.Popen:
    """The app in a process of its own, in a folder of its own."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("QSQL_")}
    own = {"QSQL_DATA": str(tmp_path), "HF_HOME": str(tmp_path / "hub"), "PYTHONUNBUFFERED": "1", "TMPDIR": str(tmp_path)}
    command = [
        sys.executable,
        str(ROOT / "app.py"),
        "--model",
        "echo",
        "--database",
        str(tmp_path / "shop.csv"),
        "--no-browser",
        *arguments,
    ]
    (tmp_path / "shop.csv").write_text("item,price\ntea,3\n", encoding="utf-8")
    return subprocess.Popen(
        command, cwd=tmp_path, env={**bare, **own, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@contextmanager
def ending(process: subprocess.Popen):
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def tunnel_program(tmp_path) -> str:
    """A program in the place of Gradio's, which says that the tunnel is open and keeps it so."""
    from gradio import tunneling

    program = tmp_path / "hub" / "gradio" / "frpc" / tunneling.BINARY_FILENAME
    program.parent.mkdir(parents=True)
    program.write_text(
        f"#!{sys.executable}\nimport time\nprint('start proxy success: http://abc.tunnel.example', flush=True)\ntime.sleep(600)\n"
    )
    program.chmod(0o700)
    return "127.0.0.1:9"  # the server that it would speak to


def test_a_link_is_told_with_a_new_password_once_and_answers_to_its_name(tmp_path):
    port = closed_port().rpartition(":")[2]
    with ending(run_app(tmp_path, "--share", "--port", port, GRADIO_SHARE_SERVER_ADDRESS=tunnel_program(tmp_path))) as process:
        said = ""
        while "Ctrl+C" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        password = re.search(r"Password: (\S+)", said)[1]
        assert (
            "qsql is shared at http://abc.tunnel.example" in said and "read every table of shop.csv" in said and str(tmp_path) not in said
        )
        link = {"base_url": f"http://127.0.0.1:{port}", "trust_env": False}
        with httpx.Client(**link, headers={"host": "abc.tunnel.example", "origin": "https://abc.tunnel.example"}) as client:
            assert client.post("/login", data={"password": "wrong"}).status_code == 401
            assert client.get("/config").status_code == 401
            assert client.post("/login", data={"password": password}).status_code == 200
        assert httpx.get(f"http://127.0.0.1:{port}", headers={"host": "other.tunnel.example"}, trust_env=False).status_code == 400
        process.terminate()
        said += process.stdout.read()
        assert said.count(password) == 1 and not list(tmp_path.glob("qsql-*"))


def test_without_a_tunnel_nothing_is_shared_and_it_says_what_to_do(tmp_path):
    nowhere, port = closed_port(), closed_port().rpartition(":")[2]
    with ending(
        run_app(
            tmp_path,
            "--share",
            "--port",
            port,
            HTTPS_PROXY=nowhere,
            HTTP_PROXY=nowhere,
            ALL_PROXY=nowhere,
            NO_PROXY="",
            GRADIO_SHARE_SERVER_ADDRESS="127.0.0.1:9",
        )
    ) as process:
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "fetched once now" in said and "No public link could be had, so nothing is shared." in said and "--host 0.0.0.0" in said
        assert "Traceback" not in said and "Password" not in said


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (("--host", "198.51.100.77"), "198.51.100.77"),
        (("--host", "no such name"), "'no such name' is no address of this machine."),
        (("--share", "--password", "short"), "The password is too short."),
        (("--port", "99999999"), "cannot be used"),
    ],
)
def test_what_cannot_be_shared_says_so(arguments, sentence, capsys):
    assert app.main([*arguments, "--model", "echo", "--no-browser"]) == 1
    assert sentence in capsys.readouterr().err


def test_the_owner_is_told_what_is_exposed(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "gradio"))
    settings = Settings.load(host="192.168.1.20", port=7861, share_idle=30, share_minute=7, data=tmp_path)
    _, workspace = app.build(settings, lambda: Echo())
    words = opening_words(Share(settings, workspace.visitors, PASSWORD), workspace.first)
    workspace.close()
    for said in (
        "http://192.168.1.20:7861",
        PASSWORD,
        "every table of sample",
        "7 a minute",
        "100 MB",
        "30 minutes",
        "Ctrl+C",
        "listen on the network",
    ):
        assert said in words
    given = Share(replace(settings, password=PASSWORD), workspace.visitors, PASSWORD)
    assert PASSWORD not in opening_words(given, "sample") + repr(given)


def test_a_made_password_is_long_and_another_each_time():
    made = {make_password() for _ in range(100)}
    assert len(made) == 100 and all(re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", password) for password in made)


# What a person sees


@pytest.fixture
def log_in(browser, site):
    """Opens the app in the browser of someone who has the password."""
    pages = []

    def open_page(password: str = PASSWORD, **options):
        page = browser.new_context(**options).new_page()
        pages.append(page)
        page.goto(site.url)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Open").click()
        return page

    yield open_page
    for page in pages:
        page.context.close()


def test_a_person_logs_in_asks_and_uploads(log_in, tmp_path):
    from playwright.sync_api import expect

    page = log_in()
    expect(page.locator("#ask_tables")).to_contain_text("shop.csv")
    page.locator("#ask_question textarea").fill("Which item costs 4?")
    page.locator("#ask_question textarea").press("Enter")
    expect(page.locator("#ask_rows [role=gridcell]").filter(has_text="cake").first).to_be_visible()
    expect(page.locator("#ask_right")).not_to_be_visible()
    path = tmp_path / "tools.csv"
    path.write_text("tool\nnails\n", encoding="utf-8")
    with page.expect_file_chooser() as chooser:
        page.locator("#ask_upload").click()
    chooser.value.set_files(str(path))
    expect(page.locator("#ask_tables")).to_contain_text("tools.csv")
    page.locator("#ask_path input, #ask_path textarea").first.fill("/etc/passwd")
    page.locator("#ask_path .submit-button").click()
    expect(page.locator("#database_said")).to_contain_text(REFUSED)


def test_a_file_that_is_too_large_is_refused_on_the_screen(log_in, site, tmp_path):
    from playwright.sync_api import expect

    visitors, limits = site.workspace.visitors, site.workspace.visitors.limits
    page = log_in()
    expect(page.locator("#ask_tables")).to_contain_text("shop.csv")
    path = tmp_path / "large.csv"
    path.write_bytes(b"a\n" + b"1\n" * 50_000)
    visitors.limits = replace(limits, upload_bytes=50_000)
    try:
        with page.expect_file_chooser() as chooser:
            page.locator("#ask_upload").click()
        chooser.value.set_files(str(path))
        expect(page.locator("[data-testid=toast-body]")).to_contain_text("Your uploads would be more than")
    finally:
        visitors.limits = limits


def test_a_page_is_written_and_downloaded_in_a_shared_app(tmp_path, browser):
    from playwright.sync_api import expect

    clock = "```html\n<!DOCTYPE html><html><head><title>Clock</title></head><body><h1>It is five</h1></body></html>\n```"
    with sharing(tmp_path, load=lambda: Echo((clock,))) as site:
        page = browser.new_page()
        page.goto(site.url)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Open").click()
        page.get_by_role("tab", name="Artifacts").click()
        page.locator("#artifact_request textarea").fill("a clock")
        page.locator("#artifact_request textarea").press("Enter")
        expect(page.frame_locator("#artifact_preview iframe").get_by_role("heading")).to_have_text("It is five")
        with page.expect_download() as download:
            page.locator("#artifact_download").click()
        assert "It is five" in Path(download.value.path()).read_text("utf-8")
        page.close()


def test_a_page_is_shared_by_a_link_that_needs_no_log_in_until_it_is_taken_back(tmp_path, browser):
    from playwright.sync_api import expect

    clock = "```html\n<!DOCTYPE html><html><head><title>Clock</title></head><body><h1>It is five</h1></body></html>\n```"
    with sharing(tmp_path, load=lambda: Echo((clock,))) as site, site.guest() as other:
        page = browser.new_page()
        page.goto(site.url)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Open").click()
        page.get_by_role("tab", name="Artifacts").click()
        page.locator("#artifact_request textarea").fill("a clock")
        page.locator("#artifact_request textarea").press("Enter")
        key = page.locator("#artifact_own a").get_attribute("href")
        page.get_by_role("button", name="Share by a link").click()
        expect(page.locator("#artifact_status")).to_contain_text("Whoever has this link")
        link = re.search(r"page/[\w-]+", page.locator("#artifact_status").inner_text())[0]
        stranger = httpx.get(f"{site.url}/{link}".replace("//page", "/page"), trust_env=False)
        assert stranger.status_code == 200 and "It is five" in stranger.text and "frame-src 'none'" in stranger.headers["content-security-policy"]
        assert httpx.get(f"{site.url}/{key}".replace("//page", "/page"), trust_env=False).status_code == 404
        assert other.get(f"/{link}").status_code == 200
        page.get_by_role("button", name="Take the link back").click()
        expect(page.locator("#artifact_status")).to_have_text("The link no longer works.")
        assert httpx.get(f"{site.url}/{link}".replace("//page", "/page"), trust_env=False).status_code == 404
        page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_log_in_page_fits(log_in, width, theme):
    page = log_in("wrong", viewport={"width": width, "height": 800}, color_scheme=theme)
    alert = page.get_by_role("alert")
    assert re.search("not the password|Too many", alert.inner_text())
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"log_in_{width}_{theme}.png")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
