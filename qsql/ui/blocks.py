"""Gradio's Blocks, but no change is lost on its way to the page."""

from typing import Any

import gradio as gr
from gradio.utils import is_prop_update


class Blocks(gr.Blocks):
    """Sends each change of an output whole, and none where there is none.

    Of what a generator yields, Gradio sends the difference to the yield before, and its page works that into the one before, in
    place. Where the page was busy and has not yet shown that one, it never will: what was to be changed by it is lost.

    Where nothing is to change in an HTML component, Gradio still sends its props, as empty. One that is about to appear loses by them
    what it was to show.
    """

    async def postprocess_data(self, *given: Any, **more: Any) -> list:
        return [_without_empty_props(change) for change in await super().postprocess_data(*given, **more)]

    def handle_streaming_diffs(
        self, block_fn: Any, data: list, session_hash: str | None, run: str | None, final: bool, simple_format: bool = False
    ) -> list:
        whole = list(data)
        sent = super().handle_streaming_diffs(block_fn, data, session_hash, run, final, simple_format)
        return sent if final else [_whole(new, change) for new, change in zip(whole, sent)]


def _whole(new: Any, change: Any) -> Any:
    """A difference, where it would be worked into a part of what stood there before, as one that puts all in its place."""
    is_difference = change is not new and isinstance(change, list)
    return [["replace", [], new]] if is_difference and any(path for _, path, _ in change) else change


def _without_empty_props(change: Any) -> Any:
    if is_prop_update(change) and not change.get("props", {}).keys() - {"__type__"}:
        return {key: value for key, value in change.items() if key != "props"}
    return change
