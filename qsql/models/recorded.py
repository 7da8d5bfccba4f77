"""A model whose answers are kept in a folder: what was once written for a prompt is read from there instead of computed.

For evaluations, where a change of what follows the model would otherwise cost an hour of computing the same texts again.
"""

import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from qsql.models.base import Model, Options, complete
from qsql.records import Completion, End, Piece, Prompt


class Recorded:
    """`saved` is the sum of the seconds that the texts read from the folder had taken when they were written."""

    def __init__(self, model: Model, folder: Path) -> None:
        self.name, self.context, self.saved = model.name, model.context, 0.0
        self._model, self._folder = model, folder

    def stream(self, prompt: Prompt, options: Options = Options()) -> Iterator[Piece]:
        """See models.base. Each candidate comes as one piece."""
        path = self._folder / f"{self._key(prompt, options)}.json"
        kept = self._kept(path, options)
        if kept:
            self.saved += max(completion.seconds for completion in kept)
        else:
            kept = complete(self._model, prompt, options)
            self._keep(path, kept)
        for number, completion in enumerate(kept):
            yield Piece(completion.text, number, completion.end)

    def fill(self, prefix: str, suffix: str, stop: tuple[str, ...] = (), options: Options = Options()) -> Iterator[Piece]:
        """See models.base; computed each time."""
        yield from self._model.fill(prefix, suffix, stop, options)

    def clock(self) -> float:
        """Seconds as they would have passed had nothing been read from the folder; a difference of two is what counts."""
        return time.perf_counter() + self.saved

    def count_tokens(self, text: str) -> int:
        return self._model.count_tokens(text)

    def close(self) -> None:
        self._model.close()

    def _kept(self, path: Path, options: Options) -> tuple[Completion, ...]:
        """What is in the folder; nothing where a text ended only because it was allowed fewer tokens then."""
        if not path.is_file():
            return ()
        kept = tuple(Completion(item["text"], End(**item["end"]), item["seconds"]) for item in json.loads(path.read_text("utf-8")))
        cut = any(one.end.reason == "length" and one.end.completion_tokens != options.max_tokens for one in kept)
        return () if cut else kept

    def _keep(self, path: Path, completions: tuple[Completion, ...]) -> None:
        if any(completion.end.reason == "cancelled" for completion in completions):
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".part")
        half.write_text(json.dumps([asdict(completion) for completion in completions], ensure_ascii=False), "utf-8")
        os.replace(half, path)

    def _key(self, prompt: Prompt, options: Options) -> str:
        asked = {"model": self.name, "messages": [asdict(message) for message in prompt.messages], "stop": prompt.stop}
        asked |= {"begun": prompt.begun} if prompt.begun else {}
        asked |= {"temperature": float(options.temperature), "candidates": options.candidates, "seed": options.seed}
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()
