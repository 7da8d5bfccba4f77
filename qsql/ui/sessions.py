"""What the server keeps for a tab that was closed. Gradio alone would keep all that it ever showed, for thousands of tabs."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import gradio as gr
from gradio.state_holder import SessionState

HOUR = timedelta(hours=1)  # Gradio forgets the states of a closed tab after this


def let_go(page: gr.Blocks, session: str, kept: Sequence[gr.State]) -> None:
    """Only the states in `kept` stay, for a tab that merely lost touch and goes on; after an hour without use nothing does."""
    holder = page.state_holder
    with holder.lock:
        if before := holder.session_data.get(session):
            holder.session_data[session] = _with(page, before, kept)
        now = datetime.now()
        for name, state in list(holder.session_data.items()):
            if state.is_closed and now - holder.time_last_used.get(name, now) > HOUR:
                del holder.session_data[name]
                holder.time_last_used.pop(name, None)


def _with(page: gr.Blocks, before: SessionState, kept: Sequence[gr.State]) -> SessionState:
    state = SessionState(page)
    for part in kept:
        state[part._id] = before[part._id]
    state.is_closed = True
    return state
