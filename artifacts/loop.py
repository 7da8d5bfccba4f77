"""A small model that says the same again and again: where that begins. Pure."""

TAIL = 120  # characters that have to stand there twice to look any further
SHORT, SHORT_GOES_ON, GOES_ON = 100, 6000, 2000  # characters: cells of a grid, say, may be alike for longer than whole statements
CUT_GOES_ON = 600  # of a text that had to end


def loop_start(text: str, cut: bool = False) -> int | None:
    """Where the first repetition begins, so that what stands before it is all that was said; None where the text still goes somewhere."""
    tail = text[-TAIL:]
    before = text.rfind(tail, 0, len(text) - 1)
    if before < 0 or len(tail) < TAIL:
        return None
    period = len(text) - TAIL - before
    start = len(text)
    while start > period and text[start - 1] == text[start - 1 - period]:
        start -= 1
    enough = CUT_GOES_ON if cut else SHORT_GOES_ON if period <= SHORT else GOES_ON
    return start if len(text) - start >= enough else None
