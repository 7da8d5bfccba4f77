"""What a page in the frame reports -> plain text. Pure; trusts nothing, for the page and anyone else may send it."""

MOST_LINES = 100
LONGEST_LINE = 1000
_SIGNS = {"error": "✖", "blocked": "⛔", "warn": "▲", "info": "·", "log": "·"}


def console_text(lines: object) -> str:
    """One report a line, at most 100 lines; what is not of the right shape is left out."""
    if not isinstance(lines, list):
        return ""
    return "\n".join(filter(None, map(_console_line, lines[:MOST_LINES])))


def _console_line(entry: object) -> str:
    if not isinstance(entry, dict) or not isinstance(entry.get("text"), str) or str(entry.get("kind")) not in _SIGNS:
        return ""
    place = f" (line {entry['line']})" if type(entry.get("line")) is int and entry["line"] > 0 else ""
    times = f" ×{entry['count']}" if type(entry.get("count")) is int and entry["count"] > 1 else ""
    return f"{_SIGNS[str(entry['kind'])]} {' '.join(entry['text'][:LONGEST_LINE].split())}{place}{times}"
