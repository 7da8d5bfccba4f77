"""What a shared app costs at most, and what becomes of what visitors upload."""

import os
import socket
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx

from tests.sharing import Guest, Site, sharing, until

SLOW = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"


def test_one_question_at_a_time_for_a_visitor_and_not_for_others(tmp_path):
    with sharing(tmp_path, seconds=20) as site, site.guest() as guest, site.guest() as other:
        assert guest.join("on_run", [None, SLOW, None]).status_code == 200
        with guest.listening("Running"):
            time.sleep(1)  # so that a tab that is no longer there would be noticed
            assert "Another question of yours is still running." in guest.does("on_run", None, "SELECT 1", None, session="second")
            assert "cake" in other.asks("SELECT * FROM shop")
            guest.post("/gradio_api/run/on_stop", json={"data": [], "session_hash": guest.session})
            assert until(lambda: "cake" in guest.does("on_run", None, "SELECT * FROM shop", None, session="second"))


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
        answers = [guest.join("on_open", ["shop.csv"]) for _ in range(4)]
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
        assert "cake" in (guest.does("on_open", "shop.csv") and guest.asks("SELECT * FROM shop"))


def test_all_uploads_go_when_the_app_ends(tmp_path):
    with sharing(tmp_path) as site, site.guest() as guest:
        guest.opens(("mine.csv", b"a\n1\n"))
        opened, coming = site.workspace.visitors.folder, Path(guest.upload(("other.csv", b"a\n2\n")).json()[0])
        assert opened.exists() and coming.is_relative_to(opened.parent)
    assert not opened.parent.exists()
