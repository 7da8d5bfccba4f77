"""Gradio's Blocks, but no change is lost on its way to the page."""

from typing import Any

import gradio as gr


class Blocks(gr.Blocks):
    """Sends each change of an output whole.

    Of what a generator yields, Gradio sends the difference to the yield before, and its page works that into the one before, in
    place. Where the page was busy and has not yet shown that one, it never will: what was to be changed by it is lost.
    """

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
