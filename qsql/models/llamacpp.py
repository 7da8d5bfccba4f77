"""Models in a GGUF file, computed by llama.cpp (xllamacpp) on the processor, or on the card that its build knows.

The library's server computes in its own threads. Each request blocks a thread of ours, whose callback hands on what comes and
says when to stop; llama.cpp hears that after each token, and after each batch of a prompt.
"""

import http.client
import json
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from queue import SimpleQueue

from qsql.errors import MissingLibrary, ModelBroken, QsqlError
from qsql.models import tokens
from qsql.models.base import Options, Weights
from qsql.models.cores import threads
from qsql.models.kept import Reading, identity, reading
from qsql.models.waiting import Room, listen
from qsql.records import End, Piece, Prompt
from qsql.settings import Settings

CONTEXT = 16384  # tokens; more would cost memory that few questions need
SLOTS = 8  # texts computed together
BATCH = 64  # prompt tokens between two looks at cancel; larger ones are no more than 3 % faster on a CPU
MARGIN = 256  # tokens of context kept free, so that the last token of one text never waits for another's
CACHE_MIB = 512  # for prompts of other conversations, beside the context
# Nothing but the temperature may change what the model says.
PLAIN = {"top_k": 0, "top_p": 1.0, "min_p": 0.0, "typical_p": 1.0, "repeat_penalty": 1.0, "presence_penalty": 0.0}
PLAIN |= {"frequency_penalty": 0.0, "dry_multiplier": 0.0, "xtc_probability": 0.0, "mirostat": 0, "cache_prompt": True}
STREAM = {"stream": True, "return_progress": True, "timings_per_token": True, "stream_options": {"include_usage": True}}
STREAM |= {"logprobs": True, "top_logprobs": 1}


def load(weights: Weights, settings: Settings) -> "LlamaCpp":
    """The model in the file `weights.source`. Raises ModelBroken or MissingLibrary."""
    try:
        import xllamacpp
    except ImportError as error:
        raise MissingLibrary("xllamacpp", "'xllamacpp>=2026.10,<2027'") from error
    path = Path(weights.source)
    _check_file(path)
    context, key = min(CONTEXT, weights.context), secrets.token_hex()
    params = _params(xllamacpp, path, context, key, settings.threads or threads())
    kept = reading(settings.cache, identity(path), version("xllamacpp"), context)
    params.slot_save_path = os.path.join(kept.states.folder, "") if kept else ""
    try:
        server = xllamacpp.Server(params)
        server.handle_completions({"prompt": "SELECT", "n_predict": 1})  # until its loop runs, the library cannot end it again
    except RuntimeError as error:
        raise ModelBroken(
            f"The model file {path.name!r} cannot be loaded.", "It may be damaged: fetch it again, or free some memory."
        ) from error
    return LlamaCpp(weights.name, server, key, context, kept)


def _check_file(path: Path) -> None:
    """llama.cpp gives no reason when it cannot load a file."""
    again = "Fetch it again, or name another file."
    if not path.is_file():
        raise ModelBroken(f"There is no model file {str(path)!r}.", again)
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise ModelBroken(f"The model file {path.name!r} cannot be read: {error.strerror}.", "Check who may read it.") from error
    if magic != b"GGUF":
        what = f"The model file {path.name!r} is not a GGUF file." if magic else f"The model file {path.name!r} is empty."
        raise ModelBroken(what, again)


def _params(xllamacpp, path: Path, context: int, key: str, threads: int):
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx, params.n_parallel, params.kv_unified = context + MARGIN, SLOTS, True
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.n_batch = params.n_ubatch = BATCH
    params.cache_ram_mib, params.verbosity = CACHE_MIB, -1
    params.cache_idle_slots = False
    params.reasoning_format = xllamacpp.common_reasoning_format.COMMON_REASONING_FORMAT_NONE
    params.force_pure_content_parser = True
    # The library always opens a port on 127.0.0.1; without the key it tells nothing and computes nothing.
    params.api_keys, params.ui, params.endpoint_slots = [key], False, True
    return params


class LlamaCpp:
    """A loaded GGUF model. Several calls are computed together as long as the context has room for them."""

    def __init__(self, name: str, server: object, key: str, context: int, reading: Reading | None = None) -> None:
        self.name, self.context = name, context
        self._server, self._key, self._reading = server, key, reading
        self._known: set[str] = set()  # keys of what is or was in memory
        self._room = Room(context)
        self._reserving, self._reserved = threading.Lock(), []  # a slot, or None, of each question under way
        self._closed = threading.Event()

    def stream(self, prompt: Prompt, options: Options = Options()) -> Iterator[Piece]:
        """See models.base. Candidates come from one prompt, as many at once as the context has room for."""
        if options.cancelled:
            yield from tokens.ends("cancelled", options.candidates)
            return
        how, request, length = self._asked(prompt)
        most = tokens.room_for(length, self.context, options)
        request |= {"max_tokens": most, "temperature": options.temperature, "stop": list(prompt.stop), **PLAIN, **STREAM}
        request |= _grammar(prompt.json_schema)
        if options.keep and self._reading and (free := self._free_slots()):
            yield from self._kept(how, request | {"n": 1}, free[-1], _Texts(0, 1, length), prompt, options)
            return
        at_once = max(1, min(SLOTS, (self.context - length) // most))
        for first in range(0, options.candidates, at_once):
            count = min(at_once, options.candidates - first)
            seed = {} if options.seed is None else {"seed": options.seed + first}
            share = max(length + count * most, self.context * count // SLOTS)
            yield from self._group(how, request | {"n": count} | seed, share, _Texts(first, count, length), options)

    def fill(self, prefix: str, suffix: str, stop: tuple[str, ...] = (), options: Options = Options()) -> Iterator[Piece]:
        """See models.base."""
        if options.cancelled:
            yield from tokens.ends("cancelled", 1)
            return
        ids = self._gap(prefix, suffix)
        most = tokens.room_for(len(ids), self.context, options)
        request = {"prompt": ids, "n": 1, "max_tokens": most, "temperature": options.temperature, "stop": list(stop), **PLAIN, **STREAM}
        share = max(len(ids) + most, self.context // SLOTS)
        yield from self._group("handle_completions", request, share, _Texts(0, 1, len(ids)), options)

    @contextmanager
    def restored(self, prompt: Prompt) -> Iterator[None]:
        """Around a question whose prompt begins so: what was read of that is there, from the disk where this program has not read it, and
        where other questions may take the slot that has.

        That takes no longer than reading the file; reading the prompt anew takes a hundred times as long.
        """
        slot = self._reserve(prompt)
        try:
            yield
        finally:
            with self._reserving:
                self._reserved.remove(slot)

    def count_tokens(self, text: str) -> int:
        """Tokens in `text`, exactly."""
        return len(self._tokens(text, marks=True))

    def close(self) -> None:
        """Stop what is being written and give the memory back."""
        self._closed.set()
        self._room.wait_until_empty(seconds=60)
        self._server = None

    def _reserve(self, prompt: Prompt) -> int | None:
        """A slot that has read the prompt and that no other question gets; None where there is no need of one, or none."""
        with self._reserving:
            slot, alone = None, not self._reserved and self._room.empty
            if self._reading and ((key := self._key_of(prompt)) not in self._known or not alone):
                free = [slot for slot in self._free_slots() if slot not in self._reserved]
                slot = next(iter(free[::-1] if alone else free), None)  # who was here first has the last one
            self._reserved.append(slot)
        if slot is not None:
            self._restore(key, slot)
        return slot

    def _free_slots(self) -> list[int]:
        """Those that compute nothing. In the last one things are read ahead."""
        return [slot["id"] for slot in self._get("/slots") if not slot["is_processing"]]

    def _kept(self, how: str, request: dict, slot: int, texts: "_Texts", prompt: Prompt, options: Options) -> Iterator[Piece]:
        """One text, from what was kept of its prompt, or so that it is kept."""
        key, share = self._key_of(prompt), max(texts.length + request["max_tokens"], self.context // SLOTS)
        restored = self._restore(key, slot)
        for piece in self._group(how, request | {"id_slot": slot}, share, texts, options):
            yield piece
        if not restored and piece.end and piece.end.reason != "cancelled":
            self._reading.states.keep(key, lambda name: self._post(f"/slots/{slot}?action=save", {"filename": name}))
            self._known.add(key)

    def _key_of(self, prompt: Prompt) -> str:
        return self._reading.key([(message.role, message.text) for message in prompt.messages], prompt.begun)

    def _restore(self, key: str, slot: int) -> bool:
        path = self._reading.states.find(key)
        if path is None:
            return False
        try:
            self._post(f"/slots/{slot}?action=restore", {"filename": path.name})
        except ModelBroken:  # of another build of the library, say, or there is no room just now
            if self._room.empty:
                self._reading.states.drop(path)
            return False
        self._known.add(key)
        return True

    def _asked(self, prompt: Prompt) -> tuple[str, dict, int]:
        """The library's function that answers, what it is given, and how many tokens that is."""
        request = {"messages": [{"role": message.role, "content": message.text} for message in prompt.messages]}
        if prompt.begun:  # the library's own way to go on loses the text, because its answers are not parsed here
            asked = self._tokens(self._post("/apply-template", request)["prompt"], marks=True)
            ids = [*asked, *self._tokens(prompt.begun, marks=False)]
            return "handle_completions", {"prompt": ids}, len(ids)
        return "handle_chat_completions", request, self._post("/v1/chat/completions/input_tokens", request)["input_tokens"]

    def _tokens(self, text: str, marks: bool) -> list[int]:
        """`marks`: what spells one of the model's own is that one token, else it is plain text."""
        return self._post("/tokenize", {"content": text, "add_special": False, "parse_special": marks})["tokens"]

    def _gap(self, prefix: str, suffix: str) -> list[int]:
        marks = [self._tokens(mark, marks=True) for mark in tokens.FILL]
        if any(len(mark) != 1 for mark in marks):
            raise tokens.cannot_fill(self.name)
        before, after, middle = marks
        return [*before, *self._tokens(prefix, marks=False), *after, *self._tokens(suffix, marks=False), *middle]

    def _group(self, how: str, request: dict, share: int, texts: "_Texts", options: Options) -> Iterator[Piece]:
        if not self._room.take(share, options):
            yield from texts.cancelled()
            return
        call = _Call(options, self._closed)
        threading.Thread(target=self._compute, args=(how, request, share, call), name="qsql-llamacpp").start()
        try:
            for chunk in call.chunks():
                yield from texts.read(chunk)
            if texts.unfinished and not call.over:
                raise ModelBroken(f"The model {self.name!r} stopped without a reason.", "Ask again, or load it again.")
        finally:
            call.left.set()
        yield from texts.cancelled()

    def _compute(self, how: str, request: dict, share: int, call: "_Call") -> None:
        try:
            handle = getattr(self._open_server(), how)
            if request["n"] > 1:  # several texts keep what their slots held before; one alone makes the library clear it away
                handle(request | {"n": 1, "max_tokens": 1}, call.prepare)
            if not call.error and not call.over:
                handle(request, call.hear)
        except Exception as error:  # of a library that says no more than RuntimeError
            call.error = call.error or error
        finally:
            self._room.give(share)
            call.queue.put(None)

    def _open_server(self):
        server = self._server
        if server is None or self._closed.is_set():
            raise ModelBroken(f"The model {self.name!r} was closed.", "Load it again.")
        return server

    def _get(self, path: str) -> list:
        return self._call("GET", path)

    def _post(self, path: str, body: dict) -> dict:
        return self._call("POST", path, body)

    def _call(self, method: str, path: str, body: dict | None = None):
        """Ask the library's own server what it has no function for; it never leaves this machine."""
        connection = http.client.HTTPConnection(self._open_server().listening_address.partition("//")[2], timeout=60)
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, json.dumps(body) if body else None, headers)
            answer = json.loads(connection.getresponse().read())
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise ModelBroken(f"The model {self.name!r} no longer answers.", "Load it again.") from error
        finally:
            connection.close()
        if "error" in answer:
            raise _translated(answer["error"])
        return answer


class _Call:
    """One request under way: what the thread that computes and the one that listens tell each other."""

    def __init__(self, options: Options, closed: threading.Event) -> None:
        self.options, self.closed, self.left = options, closed, threading.Event()
        self.queue: SimpleQueue = SimpleQueue()
        self.error: Exception | None = None

    @property
    def over(self) -> bool:
        """True once nobody wants more; the end of the main thread counts, so that no thread keeps the program from ending."""
        return self.options.cancelled or self.left.is_set() or self.closed.is_set() or not threading.main_thread().is_alive()

    def hear(self, chunks: dict | list) -> bool:
        """Take what the library has written; True tells it to stop. It swallows exceptions, so an error is kept for later."""
        for chunk in chunks if isinstance(chunks, list) else [chunks]:
            if "error" in chunk:
                self.error = _translated(chunk["error"])
                return True
            self.queue.put(chunk)
        return self.over

    def prepare(self, chunks: dict | list) -> bool:
        """Take no more than errors and how far the prompt is read."""
        chunks = chunks if isinstance(chunks, list) else [chunks]
        return self.hear([chunk | {"choices": [], "usage": None} for chunk in chunks])

    def chunks(self) -> Iterator[dict]:
        """Yield until the end or a cancel, which is heard at once even where the library still finishes a batch."""
        yield from listen(self.queue, lambda: self.over)
        if self.error and not self.over:
            raise (
                self.error if isinstance(self.error, QsqlError) else ModelBroken(f"The model stopped: {self.error}.", "Load it again.")
            ) from self.error


class _Texts:
    """The candidates of one request, as its chunks tell of them."""

    def __init__(self, first: int, count: int, length: int) -> None:
        self._first, self.length = first, length
        self._cached: int | None = None  # what was there before the first look at the prompt
        self._written = dict.fromkeys(range(count), 0)  # tokens of each text that has not ended
        self._logprobs: dict[int, list[float]] = {number: [] for number in range(count)}
        self._ended: tuple[int, str] | None = None  # a text's counts come in the chunk after its end

    def read(self, chunk: dict) -> Iterator[Piece]:
        """The pieces in one chunk."""
        if self._cached is None and "prompt_progress" in chunk:
            self._cached = chunk["prompt_progress"]["cache"]
        for choice in chunk["choices"]:
            number, text = choice["index"], choice["text"] if "text" in choice else choice["delta"].get("content")
            self._written[number] = chunk.get("timings", {}).get("predicted_n", self._written[number])
            self._logprobs[number] += [token["logprob"] for token in (choice.get("logprobs") or {}).get("content") or ()]
            if text:
                yield Piece(text, self._first + number)
            if choice["finish_reason"]:
                self._ended = number, choice["finish_reason"]
        if chunk.get("usage"):
            yield self._end(chunk["usage"])

    @property
    def unfinished(self) -> bool:
        return bool(self._written)

    def cancelled(self) -> Iterator[Piece]:
        """The ends of all that have not ended."""
        for number, written in self._written.items():
            yield Piece("", self._first + number, End("cancelled", self.length, self._cached or 0, written))
        self._written = {}

    def _end(self, usage: dict) -> Piece:
        number, reason = self._ended
        del self._written[number]
        tokens = (usage["prompt_tokens"], self._cached or 0, usage["completion_tokens"])
        sure = self._logprobs[number] or [0.0]
        return Piece("", self._first + number, End("length" if reason == "length" else "stop", *tokens, sum(sure), min(sure)))


def _grammar(json_schema: str) -> dict:
    """In llguidance's language, because the library's own for JSON Schema is heard only outside of chats. A model may not pad with spaces."""
    if not json_schema:
        return {}
    close = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
    return {"grammar": f"%llguidance {{}}\nstart: %json {json.dumps({**json.loads(json_schema), 'x-guidance': close})}"}


def _translated(error: dict) -> QsqlError:
    if error.get("type") == "exceed_context_size_error":
        return tokens.too_long(error["n_prompt_tokens"], error["n_ctx"])
    said = str(error.get("message", error)).rstrip(".")
    return ModelBroken(f"The model stopped: {said}.", "Ask again, or load it again.")
