"""The tab's components, as a record."""

from dataclasses import dataclass

import gradio as gr

from artifacts.ui.kept_panel import Kept
from artifacts.ui.kept_panel import build as build_kept
from artifacts.ui.preview import Preview

# As the texts call them, with the billions of parameters from which they are worth trying: the 1.5B was tried three times with each but the
# player, and looked at (benchmarks/artifacts.md); what wants more is a guess.
EXAMPLES = {"countdown": 1.5, "todo": 1.5, "calculator": 1.5, "gravity": 3, "life": 3, "cards": 3, "resume": 3, "player": 7, "tiles": 7}
ROWS = ("carriers", "months", "airports")  # examples about rows of the sample, which whoever wires the tab brings
NEW, CHANGE = "new", "change"


@dataclass(frozen=True)
class Here:
    """What stands on the screen: a version of a kept page, the secret of its frame, and which version a fix of it has to be better than."""

    artifact: int
    number: int
    version: int
    token: str
    better_than: int = 0


@dataclass(frozen=True)
class ArtifactPanel:
    """`data` holds the rows for the next page, `here` what stands on the screen, `faults` the lines of its errors; each None or empty."""

    request: gr.Textbox
    mode: gr.Radio
    given: gr.HTML
    without: gr.Button
    examples_row: gr.Row
    examples: dict[str, gr.Button]
    rows: dict[str, gr.Button]
    status: gr.HTML
    checked: gr.HTML
    fix: gr.Button
    versions_row: gr.Row
    back: gr.Button
    versions: gr.Dropdown
    forward: gr.Button
    restore: gr.Button
    fork: gr.Button
    refresh: gr.Button
    name: gr.Textbox
    code: gr.Code
    preview: Preview
    console: gr.Textbox
    take_row: gr.Row
    download: gr.DownloadButton
    picture: gr.Button
    own: gr.HTML
    share: gr.Button
    compare: gr.Accordion
    other: gr.Dropdown
    changes: gr.HTML
    beside: Preview
    kept: Kept
    data: gr.State
    here: gr.State
    faults: gr.State

    @property
    def shown(self) -> list:
        """All that changes with what stands on the screen."""
        made = [self.request, self.mode, self.status, self.checked, self.fix, self.versions_row, self.back, self.versions, self.forward]
        made += [self.restore, self.refresh, self.name, self.code, self.preview, self.console, self.take_row, self.download, self.own]
        return [
            *made,
            self.share,
            self.compare,
            self.other,
            self.changes,
            self.beside,
            self.examples_row,
            self.data,
            self.given,
            self.without,
            self.here,
            self.faults,
        ]


def build() -> ArtifactPanel:
    """Place the components; call it inside a tab."""
    label = gr.I18n()
    small = {"size": "sm", "min_width": 60, "scale": 0}
    plain = {"show_label": False, "container": False}
    parts: dict[str, object] = {"data": gr.State(None), "here": gr.State(None), "faults": gr.State(())}
    choices = [(label("pages.change"), CHANGE), (label("pages.new"), NEW)]
    parts["mode"] = gr.Radio(choices, value=NEW, label=label("pages.mode"), visible=False, elem_id="artifact_mode", **plain)
    parts["request"] = gr.Textbox(
        label=label("pages.request"), placeholder=label("pages.countdown"), submit_btn=True, max_lines=6, elem_id="artifact_request"
    )
    with gr.Row(elem_id="artifact_given"):
        parts["given"] = gr.HTML(elem_id="artifact_rows", apply_default_css=False)
        parts["without"] = gr.Button(label("pages.without"), visible=False, elem_id="artifact_without", **small)
    with gr.Row(elem_id="artifact_examples") as parts["examples_row"]:
        parts["rows"] = {name: gr.Button(label(f"pages.{name}"), visible=False, **small) for name in ROWS}
        parts["examples"] = {name: gr.Button(label(f"pages.{name}"), **small) for name in EXAMPLES}
    with gr.Row(elem_id="artifact_line"):
        parts["status"] = gr.HTML(elem_id="artifact_status", js_on_load=None, apply_default_css=False)
        parts["checked"] = gr.HTML(elem_id="artifact_checked", js_on_load=None, apply_default_css=False)
        parts["fix"] = gr.Button(label("pages.fix"), visible=False, variant="primary", elem_id="artifact_fix", **small)
    with gr.Row(visible=False, elem_id="artifact_versions") as parts["versions_row"]:
        parts["back"] = gr.Button(label("pages.back"), elem_id="artifact_back", **small)
        parts["versions"] = gr.Dropdown([], label=label("pages.versions"), min_width=180, elem_id="artifact_version", **plain)
        parts["forward"] = gr.Button(label("pages.forward"), elem_id="artifact_forward", **small)
        parts["restore"] = gr.Button(label("pages.restore"), elem_id="artifact_restore", **small)
        parts["fork"] = gr.Button(label("pages.fork"), elem_id="artifact_fork", **small)
        parts["refresh"] = gr.Button(label("pages.refresh"), visible=False, elem_id="artifact_refresh", **small)
        name = label("pages.name")
        parts["name"] = gr.Textbox(label=name, placeholder=name, max_length=120, min_width=160, elem_id="artifact_name", **plain)
    with gr.Row(elem_id="artifact_views"):
        with gr.Column(min_width=360, elem_id="artifact_left"):
            parts["code"] = gr.Code(
                label=label("pages.code"), language="html", interactive=False, buttons=["copy"], elem_id="artifact_code"
            )
        with gr.Column(min_width=360, scale=2, elem_id="artifact_right"):
            parts["preview"] = Preview(elem_id="artifact_preview")
            with gr.Row(visible=False, elem_id="artifact_take") as parts["take_row"]:
                parts["download"] = gr.DownloadButton(label("pages.download"), interactive=False, elem_id="artifact_download", **small)
                parts["picture"] = gr.Button(label("pages.picture"), elem_id="artifact_picture", **small)
                parts["share"] = gr.Button(label("pages.share"), visible=False, elem_id="artifact_share", **small)
                parts["own"] = gr.HTML(elem_id="artifact_own", js_on_load=None, apply_default_css=False)
            parts["console"] = gr.Textbox(
                label=label("pages.reports"),
                interactive=False,
                lines=2,
                max_lines=8,
                placeholder=label("pages.no_reports"),
                elem_id="artifact_console",
            )
    with gr.Accordion(label("pages.compare"), open=False, visible=False, elem_id="artifact_compare") as parts["compare"]:
        parts["other"] = gr.Dropdown([], label=label("pages.compare_with"), elem_id="artifact_other")
        with gr.Row():
            parts["changes"] = gr.HTML(elem_id="artifact_changes", js_on_load=None, apply_default_css=False)
            parts["beside"] = Preview(elem_id="artifact_beside")
    with gr.Accordion(label("pages.kept"), open=True, elem_id="artifact_kept"):
        parts["kept"] = build_kept()
    return ArtifactPanel(**parts)
