"""What reaches an address before any script runs is taken out of a page, however it is written, and nothing else is."""

import time

import pytest

from artifacts.records import Page
from artifacts.sandbox import download, srcdoc
from artifacts.scrub import scrub

LINK, FRAME, OBJECT, JUMP = "a link to a.example", "a nested frame", "an embedded object", "a jump to another page"

# (HTML, what is left of it, what the person is told)
TAKEN_OUT = {
    "a link": ("<p>1<link rel=preconnect href=//a.example>2", "<p>12", LINK),
    "a style sheet": ('<link rel="stylesheet" href="https://a.example/x.css">', "", LINK),
    "an icon": ('<link rel="icon" href="http://a.example:80/i.png">', "", "a link to a.example:80"),
    "a link to a file": ('<link rel="manifest" href="m.json">', "", "a link to another file"),
    "a link to pictures": ('<link rel=preload as=image imagesrcset="//a.example 1x">', "", "a link to another file"),
    "a link with a name in it": ("<link rel=preload href=//me:word@a.example/>", "", LINK),
    "a link with backslashes": (r"<link rel=preload href=\\a.example\x>", "", LINK),
    "capitals": ("<LINK REL=PRECONNECT HREF=//a.example>", "", LINK),
    "slashes for spaces": ("<link/rel='preconnect'/href='//a.example'>", "", LINK),
    "entities in the values": ("<link rel='&#112;reconnect' href='&#x2f;/a.example'>", "", LINK),
    "a tab in the address": ("<link rel=preload href='\t//a.example'>", "", LINK),
    "a data link spelled oddly": ("<link rel=icon href='da\nta:,'>", "\n", "a link to another file"),
    "an attribute twice": ("<link href=//a.example href=data:, rel=preload>", "", LINK),
    "a bracket in a value": ("<link title='>' rel=preload href=//a.example>", "", LINK),
    "a refresh": ("<meta http-equiv=refresh content='0;url=//a.example'>", "", JUMP),
    "a refresh in entities": ("<meta http-equiv='&#82;efresh' content=0>", "", JUMP),
    "look-ups": ("<meta http-equiv=x-dns-prefetch-control content=on>", "", "a setting of the browser"),
    "a trial": ("<meta http-equiv=origin-trial content=x>", "", "a setting of the browser"),
    "a base": ("<base href=//a.example><p>1", "<p>1", "a base address"),
    "a base for links": ("<base target=_top>", "", "a base address"),
    "a frame": ("1<iframe src=//a.example></iframe>2", "12", FRAME),
    "a frame with text": ("1<iframe><b>x</b></iframe>2", "12", FRAME),
    "a frame that is never closed": ("1<iframe src=//a.example>2\n3", "1\n", FRAME),
    "a frame with a document": ("<iframe srcdoc='<script>1</script>'></iframe>", "", FRAME),
    "a frame in a select": ("<select><iframe src=x></iframe></select>", "<select></select>", FRAME),
    "a frame in a table": ("<table><tr><iframe src=x></iframe></table>", "<table><tr></table>", FRAME),
    "a set of frames": ("<frameset><frame src=//a.example></frameset>", "", FRAME),
    "a portal": ("<portal src=//a.example></portal>", "", FRAME),
    "a fenced frame": ("<fencedframe></fencedframe>", "", FRAME),
    "an object": ("<object data=//a.example><p>instead</p></object>", "<p>instead</p>", OBJECT),
    "an embedding": ("<embed src=//a.example>", "", OBJECT),
    "a loaded script": ("<script src=//a.example/x.js>1</script><p>", "<p>", "a script from a.example"),
    "a loaded script of a picture": ("<svg><script href=//a.example></script></svg>", "<svg></svg>", "a script from a.example"),
    "an older picture": ("<svg><script xlink:href=//a.example /></svg>", "<svg></svg>", "a script from a.example"),
    "pages to load ahead": ('<script type="SpeculationRules">{}</script>', "", "a list of pages to load ahead"),
    "a template": ("<template><link href=//a.example></template>", "<template></template>", LINK),
    "a template in one": (
        "<template><template><base></template></template>",
        "<template><template></template></template>",
        "a base address",
    ),
    "a shadow root": (
        "<p><template shadowrootmode=open><link href=//a.example></template>",
        "<p><template shadowrootmode=open></template>",
        LINK,
    ),
    "a picture that breaks off": ("<svg><style><p><iframe src=x></iframe>", "<svg><style><p>", FRAME),
    "a formula with HTML in it": ("<math><mi><iframe src=x></iframe>", "<math><mi>", FRAME),
    "without scripts": ("<noscript><link href=//a.example></noscript>", "<noscript></noscript>", LINK),
    "a comment that scripts end": ("<noscript><!--</noscript><iframe src=x></iframe>-->", "<noscript><!--</noscript>-->", FRAME),
    "a comment that ends oddly": ("<!-- --!><link href=//a.example>", "<!-- --!>", LINK),
    "a comment that ends at once": ("<!--><link href=//a.example>-->", "<!-->-->", LINK),
    "a text box that ends": ("<textarea></textarea><link href=//a.example>", "<textarea></textarea>", LINK),
    "one that another hides": ("<iframe><link href=//a.example></iframe>", "", FRAME),
    "one that comes to light": ("<<iframe></iframe>link href=//a.example>", "", (FRAME, LINK)),
    "each name once": ("<link href=//a.example><base><link href=//a.example>", "", (LINK, "a base address")),
    "half a pair": ("\ud800<base>", "\ud800", "a base address"),
    "zero bytes": ("\0<base\0><base>", "\0<base\0>", "a base address"),
}

STAYS = {
    "a plain page": '<!DOCTYPE html>\r\n<html><head><meta charset="utf-8"><title>1</title></head><body>1\r</body></html>',
    "a comment": "<!-- <link rel=preconnect href=//a.example> -->",
    "a script's text": '<script>const text = "<link rel=preconnect href=//a.example><iframe>";</script>',
    "a script's kind": '<script type="module">1</script>',
    "a text box": "<textarea><iframe src=x></iframe></textarea>",
    "a title": "<title><base href=//a.example></title>",
    "a style": "<style>/* <iframe> */</style>",
    "an attribute": '<p title="<iframe src=x>">',
    "escaped": "&lt;iframe src=x&gt;",
    "an icon inside": '<link rel="icon" href="data:image/svg+xml,<svg/>">',
    "a link that names nothing": '<link rel="x">',
    "settings that do no harm": '<meta http-equiv="Content-Type" content="text/html"><meta http-equiv="X-UA-Compatible" content="IE=edge">',
    "names that only begin alike": "<linked><framed><base-x><metadata><scripts>",
    "a template": "<template><p>1</template>",
    "nothing": "",
}

HUGE = {
    "much text": "<div>text <b>and</b> more</div>\n" * 30_000 + "<base>",
    "many frames": "<iframe>" * 120_000,
    "many links": "<link href=//a.example>" * 40_000,
    "deep": "<div>" * 10_000 + "<base>",
    "deep and crossed": "<b><p>" * 5_000 + "<base>",
    "many attributes": "<a " + "x " * 400_000 + "><base>",
}


@pytest.mark.parametrize("html, left, told", TAKEN_OUT.values(), ids=TAKEN_OUT)
def test_takes_out_what_reaches_out(html, left, told):
    assert scrub(html) == (left, (told,) if isinstance(told, str) else told)


@pytest.mark.parametrize("html", STAYS.values(), ids=STAYS)
def test_leaves_everything_else_as_it_was(html):
    assert scrub(html) == (html, ())


@pytest.mark.parametrize("html", [html for html, _, _ in TAKEN_OUT.values()], ids=TAKEN_OUT)
def test_finds_nothing_the_second_time(html):
    assert scrub(scrub(html)[0]) == (scrub(html)[0], ())


def test_lines_keep_their_numbers():
    html = "<p>1\r\n<link\r\nrel=preload\r\nhref=//a.example>\r\n<iframe>\n\n</iframe>\r<p>last"
    assert scrub(html)[0] == "<p>1\n\n\n\n\n\n\n<p>last"


def test_what_hides_things_without_end_is_left_blank():
    html = "\n" + "<" * 50 + "<iframe></iframe>" + "iframe></iframe>" * 50
    assert scrub(html) == ("\n", ("the whole page, which hides things in one another",))


def test_a_host_is_shown_short():
    assert max(map(len, scrub(f"<base><link href=//{'a' * 900}>")[1])) < 80


@pytest.mark.parametrize("html", HUGE.values(), ids=HUGE)
def test_reads_a_huge_page_in_time(html):
    started = time.monotonic()
    assert scrub(html)[1]
    assert time.monotonic() - started < 5  # a second on a quiet machine


def test_both_documents_are_scrubbed():
    # Read with its comment, the page holds no link; read as it is shown, it does.
    for html in ("<p>1<link rel=preconnect href=//a.example>", "<!--> <textarea> --><!doctype html><link href=//a.example>"):
        for document in (srcdoc(Page(html, "t", "r"), "ab"), download(Page(html, "t", "r"))):
            assert "a.example" not in document
