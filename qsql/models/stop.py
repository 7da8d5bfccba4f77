"""Stop words, for text that comes in pieces."""


class StopFilter:
    """Lets text through up to the first of `words`; keeps back what may be the beginning of one.

    `hit` says that a word has come; nothing is let through after it.
    """

    def __init__(self, words: tuple[str, ...]) -> None:
        self._words = tuple(word for word in words if word)
        self._kept = ""
        self.hit = False

    def feed(self, text: str) -> str:
        """What may be shown now that `text` has come."""
        if self.hit:
            return ""
        text = self._kept + text
        found = [place for place in map(text.find, self._words) if place >= 0]
        if found:
            self.hit, self._kept = True, ""
            return text[: min(found)]
        keep = self._beginning(text)
        self._kept = text[len(text) - keep :]
        return text[: len(text) - keep]

    def rest(self) -> str:
        """What was kept back, once no more text comes."""
        kept, self._kept = self._kept, ""
        return kept

    def _beginning(self, text: str) -> int:
        """The length of the longest end of `text` with which a stop word begins."""
        longest = min(len(text), max(map(len, self._words), default=1) - 1)
        ends = range(longest, 0, -1)
        return next((size for size in ends if any(word.startswith(text[-size:]) for word in self._words)), 0)
