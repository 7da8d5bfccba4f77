"""Fixtures that several test files share, and the flag that allows no skip."""

import signal
from dataclasses import replace

import pytest

from tests.browser import chromium

# Where the shell started the tests in the background, it had Ctrl+C ignored, and every process of theirs would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser):
    parser.addoption("--no-skips", action="store_true", help="a test that would be skipped fails instead")


# Each takes minutes: they begin first, so that none of them is left alone at the end.
LONG = ("sandbox", "readme", "first_light", "worker", "models", "databases", "files_hostile", "runtimes_agree", "share", "app")


def pytest_collection_modifyitems(items):
    places = {f"test_{name}": place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path.stem, len(LONG)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.skipped and item.config.option.no_skips:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome, report.longrepr = "failed", f"{item.nodeid} was not run: {reason}"
    return report


@pytest.fixture(scope="module")
def browser():
    """A Chromium of the test file's own: playwright runs one at a time in a thread."""
    from playwright.sync_api import expect

    expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A shared app that takes many visitors and many questions, for the files about sharing."""
    from tests.sharing import sharing

    with sharing(tmp_path_factory.mktemp("site"), share_minute=1000) as site:
        visitors = site.workspace.visitors
        visitors.limits = replace(visitors.limits, events_minute=10_000, visitors=1000)
        yield site


@pytest.fixture
def guest(site):
    """Someone who is logged in there."""
    with site.guest() as guest:
        yield guest


@pytest.fixture(scope="module")
def postgres_server():
    """The shop on a PostgreSQL of the test file's own."""
    from tests.served import started

    with started("postgres") as server:
        yield server


@pytest.fixture(scope="module")
def mariadb_server():
    """The shop on a MariaDB of the test file's own."""
    from tests.served import started

    with started("mariadb") as server:
        yield server


@pytest.fixture(params=["postgres", "mariadb"])
def server(request):
    """Each of the two in turn."""
    return request.getfixturevalue(f"{request.param}_server")
