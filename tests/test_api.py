"""The app's API as programs call it, over real HTTP: by Gradio's own client, and as curl does."""

import json

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

import app
from qsql.models.echo import Echo
from qsql.settings import Settings
from tests.computing import computed, computing, rests
from tests.sharing import PASSWORD, sharing, until

SCRIPT = ("```sql\nSELECT item FROM shop WHERE price = 4\n```",)
ENDLESS = "SELECT count(*) FROM range(3000000) a, range(3000000) b WHERE a.range * b.range % 7 = 3"


class Slow(Echo):
    """Writes on and on, and says whether it was told to stop."""

    stopped = False

    def __init__(self):
        super().__init__(("```sql\n" + "SELECT 1 " * 10_000,), delay=0.02)

    def stream(self, prompt, options):
        for piece in super().stream(prompt, options):
            yield piece
        self.stopped = options.cancelled


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("api")
    (folder / "shop.csv").write_text("item,price\ntea,3\ncake,4\n", encoding="utf-8")
    (folder / "tools.csv").write_text("tool\nnails\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def url(place):
    demo, workspace = app.build(Settings(database=str(place / "shop.csv"), data=place), lambda: Echo(SCRIPT))
    yield app.launch(demo)[1]
    demo.close(verbose=False)
    workspace.close()


@pytest.fixture(scope="module")
def client(url):
    return Client(url, verbose=False)


def named(client: Client) -> dict:
    return client.view_api(return_format="dict", print_info=False)["named_endpoints"]


def test_three_endpoints_are_public_and_each_says_what_it_does(client):
    endpoints = named(client)
    assert set(endpoints) == {"/ask", "/run", "/schema"}
    assert all(endpoint["description"].endswith(".") for endpoint in endpoints.values())
    assert [part["parameter_name"] for part in endpoints["/ask"]["parameters"]] == ["question", "database", "evidence", "max_rows"]


def test_a_question_is_answered(client):
    answer = client.predict("Which item costs 4?", api_name="/ask")
    assert answer["rows"] == [["cake"]] and answer["columns"] == ["item"] and answer["error"] is None
    assert answer["sql"] == "SELECT item FROM shop WHERE price = 4" and answer["database"] == "shop.csv"


def test_an_answer_without_rows_says_why(client, place):
    answer = client.predict("Which item costs 4?", str(place / "tools.csv"), api_name="/ask")
    assert answer["rows"] == [] and "shop" in answer["error"]


def test_sql_runs_on_the_database_that_is_named(client, place):
    ran = client.predict("SELECT * FROM tools", str(place / "tools.csv"), api_name="/run")
    assert ran["rows"] == [["nails"]] and ran["database"] == "tools.csv" and ran["truncated"] is False


def test_rows_are_fetched_within_bounds(client):
    ran = client.predict("SELECT * FROM range(5000)", max_rows=4000, api_name="/run")
    assert len(ran["rows"]) == 1000 and ran["truncated"] is True


def test_a_condition_that_no_row_meets_is_named(client):
    assert "price = 9" in client.predict("SELECT * FROM shop WHERE price = 9", api_name="/run")["notices"][0]


def test_the_tables_are_described(client):
    told = client.predict(api_name="/schema")
    assert [column["name"] for column in told["tables"][0]["columns"]] == ["item", "price"]
    assert client.predict(tables=["shop"], api_name="/schema") == told


BAD = [
    ("ask", {"question": ""}, "The question is empty."),
    ("ask", {"question": "x" * 20_000}, "longer than 4000 characters"),
    ("ask", {"question": "x", "evidence": "y" * 20_000}, "longer than 4000 characters"),
    ("ask", {"question": ["x"]}, "This must be text."),
    ("ask", {"question": "x", "database": "nowhere.csv"}, "There is no file 'nowhere.csv'."),
    ("ask", {"question": "x", "max_rows": True}, "must be a whole number"),
    ("run", {"sql": ""}, "There is no SQL"),
    ("run", {"sql": "DROP TABLE shop"}, "Only queries that read can run here"),
    ("run", {"sql": "SELECT 1; SELECT 2"}, "one statement"),
    ("run", {"sql": "SELECT * FROM read_csv('/etc/passwd')"}, "read_csv"),
    ("run", {"sql": "SELECT 1", "max_rows": 0}, "must be a whole number"),
    ("run", {"sql": None}, "This must be text."),
    ("schema", {"tables": "shop"}, "must be a list"),
    ("schema", {"tables": ["shops"]}, "There is no table 'shops'. Its tables are: shop."),
    ("schema", {"database": "nosuch://host/db"}, "nosuch"),
]


@pytest.mark.parametrize(("endpoint", "given", "said"), BAD, ids=[f"{name} {str(given)[:40]}" for name, given, _ in BAD])
def test_bad_input_is_answered_with_a_sentence(client, endpoint, given, said):
    with pytest.raises(AppError, match="(?s).*" + said.replace("(", r"\(")) as error:
        client.predict(api_name=f"/{endpoint}", **given)
    assert "Traceback" not in str(error.value)


def test_a_question_that_is_cancelled_ends_the_model(place):
    slow = Slow()
    demo, workspace = app.build(Settings(database=str(place / "shop.csv"), data=place), lambda: slow)
    try:
        job = Client(app.launch(demo)[1], verbose=False).submit("Which?", api_name="/ask")
        assert until(lambda: job.outputs() and job.outputs()[-1].get("question"))
        job.cancel()
        assert until(lambda: slow.stopped)
    finally:
        demo.close(verbose=False)
        workspace.close()


# Where the app is shared


def posted(guest: httpx.Client, endpoint: str, **given: object) -> str:
    """As curl does it: what is told of the call until its end."""
    call = guest.post(f"/gradio_api/call/v2/{endpoint}", json=given)
    return call.text if call.status_code != 200 else guest.get(f"/gradio_api/call/v2/{endpoint}/{call.json()['event_id']}").text


def test_nothing_of_it_is_open_without_the_password(site):
    with httpx.Client(base_url=site.url, trust_env=False) as stranger:
        for way in ("call/v2/run", "call/run"):
            assert stranger.post(f"/gradio_api/{way}", json={"sql": "SELECT 1"}).status_code == 401
        assert stranger.get("/gradio_api/call/v2/run/x").status_code == 401


def test_gradios_client_comes_in_with_the_password(site):
    client = Client(site.url, auth=("", PASSWORD), verbose=False)
    assert set(named(client)) == {"/ask", "/run", "/schema"}
    assert client.predict("Which item costs 4?", api_name="/ask")["rows"] == [["cake"]]


@pytest.mark.parametrize("named", ["/etc/passwd", "sample", "~", "sqlite:////etc/passwd", "http://127.0.0.1/"])
def test_a_visitor_opens_the_shared_database_only(guest, named):
    for endpoint, given in (("run", {"sql": "SELECT 1"}), ("ask", {"question": "x"}), ("schema", {})):
        assert "Only the shared database and files that you upload" in posted(guest, endpoint, database=named, **given)


def test_a_visitor_is_told_no_path(site, guest):
    told = "".join(posted(guest, "schema", **given) for given in ({}, {"tables": ["x"]}, {"database": site.workspace.first}))
    assert "cake" in told and str(site.folder) not in told


def test_an_upload_is_asked_by_its_name_and_by_nobody_else(site, guest):
    guest.opens(("mine.csv", b"secret\n7\n"))
    assert "[[7]]" in posted(guest, "run", sql="SELECT * FROM mine", database="mine.csv")
    with site.guest() as other:
        assert "Only the shared database" in posted(other, "run", sql="SELECT * FROM mine", database="mine.csv")


def test_a_visitor_runs_one_at_a_time_by_whatever_way_and_can_cancel_it(tmp_path):
    with sharing(tmp_path, seconds=600, share_minute=1000) as site, site.guest() as guest:
        call = guest.post("/gradio_api/call/v2/run", json={"sql": ENDLESS}).json()["event_id"]
        assert until(lambda: "Another question of yours is still running." in posted(guest, "run", sql="SELECT 1"))
        assert "Another question of yours is still running." in guest.asks("SELECT 1")
        before, found = computed(), []
        assert until(lambda: found.append(computing(before)) or found[-1])
        guest.post("/gradio_api/cancel", json={"event_id": call, "session_hash": call, "fn_index": number(guest, "run")})
        assert until(lambda: rests(found[-1])) and "[[1]]" in posted(guest, "run", sql="SELECT 1")


def number(guest: httpx.Client, endpoint: str) -> int:
    return next(one["id"] for one in guest.get("/config").json()["dependencies"] if one["api_name"] == endpoint)


def test_questions_by_the_api_count_as_those_of_the_page_do(site, guest):
    limits, site.workspace.visitors.limits = site.workspace.visitors.limits, type(site.workspace.visitors.limits)(questions_minute=2)
    try:
        said = [posted(guest, "run", sql="SELECT 1"), guest.asks("SELECT 1"), posted(guest, "run", sql="SELECT 1")]
    finally:
        site.workspace.visitors.limits = limits
    assert "[[1]]" in said[0] and "You have used your 2 questions of this minute." in said[2]


def test_the_body_of_a_call_is_bounded(guest):
    assert guest.post("/gradio_api/call/v2/run", content=json.dumps({"sql": "x" * 300_000})).status_code == 403
