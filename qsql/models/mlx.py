"""Models in a folder of safetensors, computed by MLX on Apple silicon (on Linux only for tests).

MLX ties arrays to the thread that made them, so all of it runs in one thread of its own. Nothing is fetched and no code of the
folder is run.
"""

import atexit
import copy
import functools
import gc
import secrets
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from importlib.metadata import version
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from qsql.errors import MissingLibrary, ModelBroken
from qsql.models.base import Weights
from qsql.models.kept import identities, reading
from qsql.models.tokens import Chosen, Writer
from qsql.settings import Settings

FOUR_BIT = {"group_size": 64, "bits": 4}


def load(weights: Weights, settings: Settings) -> Writer:
    """The model in the folder `weights.source`. Raises ModelBroken or MissingLibrary."""
    thread = _Home()
    try:
        return thread.run(_load, weights, thread, settings)
    except BaseException:
        thread.end()
        raise


def _load(weights: Weights, thread: "_Home", settings: Settings) -> Writer:
    try:
        import mlx.core
        import mlx.nn
        import mlx_lm
    except ImportError as error:
        raise MissingLibrary("mlx-lm", "'mlx-lm>=0.32,<0.33'") from error
    folder = Path(weights.source)
    try:
        if not (folder / "config.json").is_file():  # the library would take the path for a repository's name
            raise FileNotFoundError("it has no config.json")
        model, tokenizer, config = mlx_lm.load(str(folder), return_config=True)
    except Exception as error:
        short = (str(error).strip().splitlines() or [type(error).__name__])[0][:200].rstrip(".")
        raise ModelBroken(f"The model in {str(folder)!r} cannot be loaded: {short}.", "Fetch it again, or name another.") from error
    if not tokenizer.has_chat_template:
        raise ModelBroken(
            f"The model in {str(folder)!r} was not made for questions and answers.", "Take one whose name has 'Instruct' in it."
        )
    if weights.four_bit and "quantization" not in config:
        mlx.nn.quantize(model, **FOUR_BIT)
    _wire(mlx.core)
    context = min(weights.context, config.get("max_position_embeddings") or weights.context)
    kept = reading(settings.cache, identities(folder), version("mlx-lm"), version("mlx"), weights.four_bit)
    return Writer(weights.name, context, _Mlx(model, thread, weights.name), tokenizer, kept)


def _wire(core) -> None:
    """Keep the weights in the memory that the graphics part of the chip works on."""
    if core.metal.is_available():
        core.set_wired_limit(int(core.device_info()["max_recommended_working_set_size"]))


class _Home:
    """The thread that MLX lives in. At exit it must outlive the wait for threads, and let go of MLX before it ends."""

    def __init__(self) -> None:
        self._work: SimpleQueue = SimpleQueue()
        self._thread = Thread(target=self._live, name="qsql-mlx", daemon=True)
        self._thread.start()
        atexit.register(self.end)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def run(self, function: Callable, *arguments: object) -> object:
        """What `function` returns or raises there."""
        if not self.alive:
            raise RuntimeError("it was closed")
        done: Future = Future()
        self._work.put((done, function, arguments))
        return done.result()

    def end(self) -> None:
        """Finish what was begun, and end the thread."""
        atexit.unregister(self.end)
        self._work.put(None)
        self._thread.join()

    def _live(self) -> None:
        for done, function, arguments in iter(self._work.get, None):
            try:
                done.set_result(function(*arguments))
            except BaseException as error:
                done.set_exception(error)
            del done, function, arguments
        if "mlx.core" in sys.modules:
            gc.collect()
            sys.modules["mlx.core"].clear_streams()  # its own threads must end before this one does


def _in_thread(method: Callable) -> Callable:
    @functools.wraps(method)
    def run(self, *arguments):
        try:
            return self._thread.run(method, self, *arguments)
        except RuntimeError as error:
            raise ModelBroken(f"The model {self._name!r} stopped: {error}.", "Load it again.") from error

    return run


class _Mlx:
    """An Engine. The one row lies in `_base`; several rows are copies of it, in `_rows`."""

    def __init__(self, model, thread: _Home, name: str) -> None:
        import mlx.core
        from mlx_lm.models import cache

        self._core, self._caches, self._model, self._thread, self._name = mlx.core, cache, model, thread, name
        self.batch = 512 if mlx.core.metal.is_available() else 64
        self._base = self._rows = cache.make_prompt_cache(model)
        self._length, self._temperature, self._key = 0, 0.0, None

    def keep(self, length: int) -> int:
        return self._crop(length) if self._thread.alive else 0  # at exit a stream may be let go of after the thread

    @_in_thread
    def _crop(self, length: int) -> int:
        if length and self._caches.can_trim_prompt_cache(self._base):
            self._caches.trim_prompt_cache(self._base, self._length - length)
        elif length != self._length or not length:
            self._base, length = self._caches.make_prompt_cache(self._model), 0
        self._rows, self._length = self._base, length
        return length

    @_in_thread
    def read(self, tokens: Sequence[int]) -> None:
        self._forward([list(tokens)])
        self._core.eval([cache.state for cache in self._rows])
        self._core.clear_cache()

    @_in_thread
    def begin(self, rows: int, temperature: float, seed: int | None) -> None:
        if rows > 1:
            self._rows = copy.deepcopy(self._base)
            self._each(lambda array: self._core.repeat(array, rows, axis=0))
        self._temperature = temperature
        self._key = self._core.random.key(secrets.randbits(32) if seed is None else seed)

    @_in_thread
    def step(self, last: Sequence[int]) -> list[Chosen]:
        logits = self._forward([[token] for token in last])[:, -1].astype(self._core.float32)
        chosen = self._choose(logits)
        logprobs = self._core.take_along_axis(logits, chosen[:, None], axis=-1)[:, 0] - self._core.logsumexp(logits, axis=-1)
        return list(zip(chosen.tolist(), logprobs.tolist()))

    def _choose(self, logits):
        """One token for each row."""
        if not self._temperature:
            return self._core.argmax(logits, axis=-1)
        self._key, key = self._core.random.split(self._key)
        return self._core.random.categorical(logits / self._temperature, key=key)

    @_in_thread
    def select(self, rows: Sequence[int]) -> None:
        chosen = self._core.array(list(rows))
        self._each(lambda array: array[chosen])

    @_in_thread
    def save(self, path: Path) -> None:
        parts = {}
        for number, layer in enumerate(self._base):
            keys, values, length = layer.state
            parts |= {f"{number}.keys": keys[..., :length, :], f"{number}.values": values[..., :length, :]}
        with path.open("wb") as file:
            self._core.save_safetensors(file, parts)

    @_in_thread
    def load(self, path: Path) -> int:
        base = self._caches.make_prompt_cache(self._model)
        with path.open("rb") as file:
            parts = self._core.load(file, format="safetensors")
            self._core.eval(parts)  # before the file is closed
        for number, layer in enumerate(base):
            keys, values = parts[f"{number}.keys"], parts[f"{number}.values"]
            layer.state = keys, values, keys.shape[-2]
        self._base, self._rows, self._length = base, base, base[0].offset
        return self._length

    def close(self) -> None:
        self._thread.run(self._forget)
        self._thread.end()

    def _forget(self) -> None:
        self._model = self._base = self._rows = self._key = None
        self._core.clear_cache()

    def _forward(self, tokens: list[list[int]]):
        """The logits of each row."""
        if self._rows is self._base:
            self._length += len(tokens[0])
        return self._model(self._core.array(tokens), cache=self._rows)

    def _each(self, change: Callable) -> None:
        """Change every array of the rows' state."""
        for cache in self._rows:
            cache.state = tuple(change(part) if isinstance(part, self._core.array) else part for part in cache.state)
