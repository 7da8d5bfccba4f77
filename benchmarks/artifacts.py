"""How many of the pages that a model writes work: they load without an error, show something, answer their buttons, and have the right figures.

python -m benchmarks.artifacts OUT.jsonl [--model NAME] [--kinds data,tool,game] [--tries 3] [--mend 0] [--free] [--limit 10] [--at-once 1]

Each page runs in Chromium in the app's own frame. A line of OUT is one try, and what is there already is not done again; without anything
left to do it prints the table. --look has the pages without rows that are in OUT looked at again, with what is now mended by rule. --free has small models write pages whole, without template and skeleton; --mend N gives them N rounds
with the first fault. --at-once N writes so many side by side, which is quicker and says nothing of how long one takes.
"""

import argparse
import json
import re
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import app
from artifacts import write as writing
from artifacts.fix import fix_request
from artifacts.mend import mend as mend_by_rule
from artifacts.records import Data, Page
from artifacts.sandbox import FRAME, PARENT_HEADERS, srcdoc
from artifacts.size import fills
from qsql.databases import open_database
from qsql.databases.base import Limits
from qsql.errors import QsqlError
from qsql.models import load_model
from qsql.models.base import Options
from qsql.records import Question
from qsql.settings import Settings
from qsql.sql import read_query
from qsql.ui.shown import Shown
from tests.browser import chromium

REQUESTS = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
MOST_BUTTONS, MOST_PAIRS, SETTLE_MS, ANSWER_MS = 12, 10, 1500, 10_000
TEXTS = """() => [document.body.innerText, ...[...document.querySelectorAll('tr, li, [aria-label], title')].map(
  one => (one.innerText || one.textContent || '') + ' ' + (one.ariaLabel || ''))]"""
MARKS = "() => document.querySelectorAll('svg [aria-label], svg circle, svg path, canvas').length"
FILL = """() => { for (const field of document.querySelectorAll('textarea, input:not([type]), input[type=text], input[type=number]'))
  if (!field.value && !field.disabled && !field.readOnly) { field.value = '3'; field.dispatchEvent(new Event('input', {bubbles: true})) } }"""
BLANK = "() => !document.body || (!document.body.innerText.replace(/^[\\s\\S]*?· SQL/, '').trim() && !document.querySelector('svg, canvas, img, input'))"


def main() -> None:
    arguments = _arguments()
    out = Path(arguments.out)
    done = [json.loads(line) for line in out.read_text("utf-8").splitlines()] if out.exists() else []
    if arguments.look:
        done = looked_at_again(done)
        out.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in done), "utf-8")
        print(table(done))
        return
    wanted = [each for each in _wanted(arguments) if not any(_same(each, one) for one in done)]
    if wanted:
        with closing(load_model(arguments.model, Settings.load())) as model, chromium() as browser, out.open("a", encoding="utf-8") as file:
            for one in attempts(model, browser, wanted, arguments):
                done.append(one)
                file.write(json.dumps(one, ensure_ascii=False) + "\n")
                file.flush()
                print(
                    json.dumps({name: one[name] for name in ("kind", "request", "try", "works", "seconds", "why")}, ensure_ascii=False),
                    flush=True,
                )
    print(table(done))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--model", default="qwen2.5-coder-1.5b")
    parser.add_argument("--kinds", default="data,tool,game")
    parser.add_argument("--tries", type=int, default=3)
    parser.add_argument("--limit", type=int, default=10)
    parser.add_argument("--mend", type=int, default=0)
    parser.add_argument("--free", action="store_true")
    parser.add_argument("--at-once", type=int, default=1)
    parser.add_argument("--look", action="store_true")
    return parser.parse_args()


def _wanted(arguments: argparse.Namespace) -> Iterator[dict]:
    how = {"model": arguments.model, "free": arguments.free, "mend": arguments.mend}
    for number in range(arguments.tries):
        for kind in arguments.kinds.split(","):
            for case in REQUESTS[kind][: arguments.limit]:
                yield {"kind": kind, "request": case["request"], "try": number, **how}


def _same(one: dict, other: dict) -> bool:
    return all(one[name] == other[name] for name in ("kind", "request", "try", "model", "free", "mend"))


def looked_at_again(done: list[dict]) -> list[dict]:
    """The same tries, judged anew; pages about rows are left as they were."""
    with chromium() as browser:
        return [_again(browser, one) if one["html"] and one["kind"] != "data" else one for one in done]


def _again(browser, one: dict) -> dict:
    html, _ = mend_by_rule(one["html"])
    return one | look(browser, Page(html, "", one["request"]), None, None) | {"html": html}


@dataclass
class Written:
    """A page, or why there is none, and the seconds to its first letter and to its last."""

    case: dict
    data: Data | None
    options: Options
    page: Page | None = None
    error: str = ""
    first: float = 0.0
    seconds: float = 0.0


def attempts(model, browser, wanted: list[dict], arguments: argparse.Namespace) -> Iterator[dict]:
    """Write each page and look at it, in the order in which they are done."""
    with ExitStack() as stack:
        for name in ("lays_out", "fills") if arguments.free else ():
            stack.enter_context(patch.object(writing, name, lambda name: False))
        pool = stack.enter_context(ThreadPoolExecutor(arguments.at_once))
        under_way = {pool.submit(written, model, each): each for each in wanted}
        for future in as_completed(under_way):
            yield under_way[future] | judged(model, browser, future.result(), arguments.mend)


def written(model, each: dict) -> Written:
    """The first try is greedy, the others are not."""
    case = next(case for case in REQUESTS[each["kind"]] if case["request"] == each["request"])
    options = Options(max_tokens=3000, temperature=0.0 if each["try"] == 0 else 0.7, seed=each["try"])
    made, start = Written(case, rows_of(case) if "sql" in case else None, options), time.perf_counter()
    try:
        for page in writing.write(model, case["request"], options, made.data):
            made.page = page
            made.first = made.first or time.perf_counter() - start
    except QsqlError as error:
        made.page, made.error = None, str(error)
    made.seconds = time.perf_counter() - start
    return made


def judged(model, browser, made: Written, rounds: int) -> dict:
    page, start = made.page, time.perf_counter()
    found = look(browser, page, made.case.get("shows"), made.data) if page else {"works": False, "why": [made.error]}
    for _ in range(rounds if page else 0):
        page, found = _mended(model, browser, page, found, made.options, made.case, made.data)
    seconds = made.seconds + (time.perf_counter() - start if rounds else 0)
    return found | {"seconds": round(seconds, 1), "first": round(made.first, 1), "html": page.html if page else ""}


def _mended(model, browser, page: Page, found: dict, options: Options, case: dict, data: Data | None) -> tuple[Page, dict]:
    """The better of the page and of what one round makes of it."""
    if not found["faults"] or page.spec:
        return page, found
    try:
        *_, changed = writing.write(model, fix_request(page.html, found["faults"][0]), options, None, page)
    except QsqlError:
        return page, found
    now = look(browser, changed, case.get("shows"), data)
    return (changed, now) if now["works"] or len(now["faults"]) < len(found["faults"]) else (page, found)


def rows_of(case: dict) -> Data:
    with closing(open_database("sample")) as database:
        result = database.run(read_query(case["sql"], database.dialect), Limits(1000))
        return app.data_of(Shown("sample", "sample", case["sql"], Question(case["question"]), result))


def look(browser, page: Page, shows: dict | None, data: Data | None) -> dict:
    """What a person would find: faults, a blank, dead buttons, wrong figures."""
    view, faults = browser.new_page(viewport={"width": 1000, "height": 700}), []
    view.on("pageerror", lambda error: faults.append(str(error)))
    view.on("console", lambda said: faults.append(said.text) if "violates the following Content Security" in said.text else None)
    view.route(
        "http://app.test/",
        lambda route: route.fulfill(body="<!doctype html><body></body>", headers={"Content-Type": "text/html", **PARENT_HEADERS}),
    )
    view.goto("http://app.test/")
    view.evaluate(
        "([attributes, html]) => { const frame = document.createElement('iframe'); frame.style.cssText = 'width:980px;height:680px';"
        " for (const [name, value] of Object.entries(attributes)) frame.setAttribute(name, value); frame.srcdoc = html; document.body.append(frame) }",
        [FRAME, srcdoc(page, "ab")],
    )
    try:
        frame = view.frames[-1]
        if page.libraries:  # on a busy machine a large library takes its time
            frame.wait_for_function(
                "() => document.querySelector('h1') && ![...document.querySelectorAll('.chart')].some(box => !box.childElementCount)",
                timeout=30_000,
            )
        view.wait_for_timeout(SETTLE_MS)
        loaded, blank = list(faults), _read(frame, BLANK)
        wrong = _wrong(frame, shows, data) if shows else []
        pressed, answered = _press(frame)
    except Exception as error:  # a page that spins answers nothing
        loaded, blank, wrong, pressed, answered = [f"hung: {type(error).__name__}"], True, [], 0, False
    finally:
        view.close()
    dead = bool(pressed) and not answered
    why = [*(f"error: {fault[:120]}" for fault in loaded[:2]), *(["blank"] if blank else []), *wrong]
    why += [f"on a button: {fault[:120]}" for fault in faults[len(loaded) :][:2]] + (["its buttons do nothing"] if dead else [])
    return {
        "works": not why,
        "why": why,
        "faults": faults[:5],
        "loads": not loaded,
        "blank": blank,
        "buttons": pressed,
        "figures": not wrong,
    }


def _read(frame, script: str) -> object:
    """What the script says of the page; a page that spins answers nothing, and `evaluate` would wait for it for ever."""
    return frame.wait_for_function(f"() => [({script})()]", timeout=ANSWER_MS).json_value()[0]


def _press(frame) -> tuple[int, bool]:
    """How many buttons were pressed, and whether anything came of one of them. Fields are filled in before, as a person would."""
    buttons = frame.locator("button:visible:enabled, [role=button]:visible, input[type=button]:visible, input[type=submit]:visible")
    count, answered = min(buttons.count(), MOST_BUTTONS), False
    state = "() => document.body.innerHTML + [...document.querySelectorAll('input, textarea')].map(one => one.value)"
    for wait_ms in (250, 1300):  # what a button starts may show after a second, and the next button end it before
        for place in range(0 if answered else count):
            _read(frame, FILL)
            before = _read(frame, state)
            try:
                buttons.nth(place).click(timeout=1500)
            except Exception:  # it went, or lies under another thing
                continue
            frame.page.wait_for_timeout(wait_ms)
            answered = answered or _read(frame, state) != before or bool(frame.locator("canvas").count())
    return count, answered


def _wrong(frame, shows: dict, data: Data) -> list[str]:
    """The figures that cannot be found in what the page says to a reader or a screen reader."""
    texts, wrong = [re.sub(r"(?<=\d),(?=\d{3})", "", text) for text in _read(frame, TEXTS)], []
    if "sum" in shows:
        place = data.columns.index(shows["sum"])
        total = sum(row[place] or 0 for row in data.rows)
        wrong += [] if any(re.search(rf"(?<![\d.]){total}(?![\d])", text) for text in texts) else [f"the total {total} is missing"]
    if "pairs" in shows:
        x, y = (data.columns.index(name) for name in shows["pairs"])
        rows = sorted(data.rows, key=lambda row: row[y] if isinstance(row[y], int | float) else 0, reverse=True)[:MOST_PAIRS]
        missing = [
            row
            for row in rows
            if not any(
                str(row[x]) in text
                and re.search(rf"(?<![\d.]){re.escape(f'{row[y]:g}' if isinstance(row[y], float) else str(row[y]))}(?!\d)", text)
                for text in texts
            )
        ]
        wrong += [f"{len(missing)} of {len(rows)} figures are missing"] if missing else []
    if shows.get("marks") and (marks := _read(frame, MARKS)) < 0.9 * len(data.rows):
        wrong.append(f"{marks} marks for {len(data.rows)} rows")
    return wrong


def table(done: list[dict]) -> str:
    groups = Counter((one["model"], one["free"], one["mend"], one["kind"]) for one in done)
    lines = [
        "| model | written | mended | kind | tries | work | load | not blank | seconds, median | slowest |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for (model, free, mend, kind), count in sorted(groups.items()):
        group = [one for one in done if (one["model"], one["free"], one["mend"], one["kind"]) == (model, free, mend, kind)]
        seconds = [one["seconds"] for one in group]
        share = [
            f"{100 * sum(map(bool, values)) / count:.0f} %"
            for values in zip(*((one["works"], one.get("loads"), one.get("blank") is False) for one in group), strict=True)
        ]
        small = fills(model) and not free
        how = "as a whole" if not small else "as a specification" if kind == "data" else "filled in"
        lines.append(
            f"| {model} | {how} | {mend} | {kind} | {count} | {' | '.join(share)} | {statistics.median(seconds):.0f} | {max(seconds):.0f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
