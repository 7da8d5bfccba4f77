"""The shared app over real HTTP: who is let in, and from where."""

import re

import httpx
import pytest

import app
from qsql.models.echo import Echo
from qsql.settings import Settings
from qsql.share.names import OwnName
from qsql.share.throttle import MOST, Throttle
from tests.sharing import PASSWORD, Clock, Guest, Site, sharing

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
