"""Models behind an OpenAI-compatible server that the person named.

Prompts go to that address and to no other: no proxy, no redirect, nothing from the environment that the library reads by
itself, and no header that tells of this machine. The library runs in a thread with an event loop, because only there can a
request be broken off at every stage, also while the server still reads the prompt.
"""

import asyncio
import json
import re
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from math import ceil
from queue import SimpleQueue
from urllib.parse import urlsplit

from qsql.errors import MissingLibrary, ModelError, ModelUnreachable, PromptTooLong
from qsql.models import tokens
from qsql.models.base import Options, Weights
from qsql.models.choices import Texts
from qsql.models.waiting import listen
from qsql.records import Piece, Prompt
from qsql.settings import Settings

CONNECT, SILENCE = 5.0, 300.0  # seconds until it is given up: to connect, and for the next word
HEADERS = {"host", "authorization", "content-type", "content-length", "accept", "accept-encoding", "connection"}
TOO_LONG = re.compile(r"context.{0,20}(length|size|window|limit)|(too many|maximum) tokens|max_model_len|prompt is too long", re.IGNORECASE)
CHARACTERS = re.compile(r"[A-Za-z]+|\s+|.", re.DOTALL)
STOPS = 4  # more stop words the protocol does not take; the rest are only looked for here


def load(weights: Weights, settings: Settings) -> "Server":
    """The model `weights.name` of the server at `weights.source`, or the first that it lists.

    Raises ModelUnreachable or MissingLibrary. A model that is named is first asked for when it has to write.
    """
    try:
        import openai
    except ImportError as error:
        raise MissingLibrary("openai", "'openai>=3,<4'") from error
    try:
        client = _client(openai, weights.source, settings.api_key or "none")
        if urlsplit(weights.source).port == 0:
            raise ValueError("no port")
    except ValueError as error:
        raise ModelUnreachable("This is not a server's address.", "Write it like http://127.0.0.1:8080/v1.") from error
    server = Server(weights, client)
    try:
        server.name = weights.name or server.first_listed()
    except ModelError:
        server.close()
        raise
    return server


def _client(openai, url: str, key: str):
    async def plain(request) -> None:
        for name in [name for name in request.headers if name.lower() not in HEADERS]:
            del request.headers[name]
        request.headers["connection"] = "close"  # a server may drop a kept connection just when it is used again

    http = openai.DefaultAsyncHttpxClient(trust_env=False, follow_redirects=False, event_hooks={"request": [plain]})
    return openai.AsyncOpenAI(
        base_url=url,
        api_key=key,
        admin_api_key="",
        default_headers={"Authorization": f"Bearer {key}"},
        timeout=openai.Timeout(SILENCE, connect=CONNECT),
        max_retries=0,
        http_client=http,
    )


class Server:
    """One model of a server; several calls run at once, as far as the server does."""

    def __init__(self, weights: Weights, client: object) -> None:
        self.name, self.context = weights.name, weights.context
        self._client, self._border = client, _Border(weights.source, client.api_key)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="qsql-openai", daemon=True)
        self._thread.start()

    def stream(self, prompt: Prompt, options: Options = Options()) -> Iterator[Piece]:
        """See models.base. A server that gives fewer candidates than it was asked for is asked again for the rest."""
        if options.cancelled:
            yield from tokens.ends("cancelled", options.candidates)
            return
        done = 0
        while done < options.candidates:
            texts = Texts(prompt.stop, done, options.candidates)
            yield from self._ask(self._request(prompt, options, done), texts, options)
            yield from texts.ends(options.cancelled)
            done += len(texts)

    def fill(self, prefix: str, suffix: str, stop: tuple[str, ...] = (), options: Options = Options()) -> Iterator[Piece]:
        """See models.base. The marks are written into the text, so only a server of such a model understands it."""
        if options.cancelled:
            yield from tokens.ends("cancelled", 1)
            return
        before, after, middle = tokens.FILL
        prompt = f"{before}{_unmarked(prefix)}{after}{_unmarked(suffix)}{middle}"
        texts = Texts(stop, 0, 1)
        try:
            yield from self._ask({"prompt": prompt, **self._how(stop, options)}, texts, options)
        except ModelUnreachable as error:
            if getattr(error.__cause__, "status_code", 0) in NO_COMPLETIONS:
                raise self._border.no_filling() from error
            raise
        yield from texts.ends(options.cancelled)

    def count_tokens(self, text: str) -> int:
        """An upper estimate, since the tokenizer is the server's: 1 for 2 letters or 4 spaces, 1 for every other character."""
        weights = {True: 2, False: 4}
        return sum(ceil(len(run) / weights[run[0].isalpha()]) if len(run) > 1 else 1 for run in CHARACTERS.findall(text))

    def close(self) -> None:
        """End all requests and the thread."""
        if not self._loop.is_running():
            return
        self._submit(self._end()).result(CONNECT)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CONNECT)
        self._loop.close()

    def first_listed(self) -> str:
        """The name of the first model that the server lists. Raises ModelUnreachable."""
        try:
            return self._submit(self._list()).result()
        except Exception as error:
            raise self._border.translated(error) from error

    def _request(self, prompt: Prompt, options: Options, done: int) -> dict:
        messages = [{"role": message.role, "content": message.text} for message in prompt.messages]
        messages += [{"role": "assistant", "content": prompt.begun}] if prompt.begun else []
        request = {"messages": messages, **self._how(prompt.stop, options)}
        if options.candidates - done > 1:
            request["n"] = options.candidates - done
        if options.seed is not None:
            request["seed"] = options.seed + done
        if prompt.json_schema:
            schema = {"name": "answer", "strict": True, "schema": json.loads(prompt.json_schema)}
            request["response_format"] = {"type": "json_schema", "json_schema": schema}
        return request

    def _how(self, stop: tuple[str, ...], options: Options) -> dict:
        request = {"model": self.name, "max_tokens": options.max_tokens, "temperature": options.temperature}
        request |= {"stream": True, "stream_options": {"include_usage": True}}
        return request | ({"stop": list(stop[:STOPS])} if stop else {})

    def _ask(self, request: dict, texts: Texts, options: Options) -> Iterator[Piece]:
        queue: SimpleQueue = SimpleQueue()
        call = self._submit(self._write(request, queue))
        call.add_done_callback(lambda done: queue.put(None))
        try:
            for chunk in listen(queue, lambda: options.cancelled):
                yield from self._read(chunk, texts)
                if texts.all_cut:
                    return
            if not options.cancelled:
                self._check(call, texts)
        finally:
            call.cancel()

    async def _list(self) -> str:
        return str((await self._client.models.list()).data[0].id)

    async def _write(self, request: dict, queue: SimpleQueue) -> None:
        completions = self._client.completions if "prompt" in request else self._client.chat.completions
        async with await completions.create(**request) as chunks:
            async for chunk in chunks:
                queue.put(chunk)

    def _read(self, chunk: object, texts: Texts) -> Iterator[Piece]:
        try:
            pieces = list(texts.read(chunk))
        except (AttributeError, TypeError, ValueError) as error:
            raise self._border.garbage() from error
        yield from pieces

    def _check(self, call: Future, texts: Texts) -> None:
        if call.cancelled():
            raise ModelUnreachable(f"The connection to {self._border.url} was closed.", "Load the model again.")
        error = call.exception()
        if error:
            raise self._border.translated(error) from error
        if not len(texts):
            raise self._border.garbage()
        if not texts.all_ended:
            raise self._border.broken_off()

    def _submit(self, work: Coroutine) -> Future:
        if self._loop.is_closed():
            work.close()
            raise ModelUnreachable(f"The connection to {self._border.url} was closed.", "Load the model again.")
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _end(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._client.close()


@dataclass(frozen=True)
class _Border:
    """Turns the library's errors into sentences. They name the address, never the key or a password in the address."""

    source: str
    key: str

    @property
    def url(self) -> str:
        parts = urlsplit(self.source)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

    def garbage(self) -> ModelUnreachable:
        """The answer was not one of this protocol."""
        return ModelUnreachable(
            f"{self.url} did not answer as an OpenAI-compatible server does.", "Check the address; it usually ends in /v1."
        )

    def broken_off(self) -> ModelUnreachable:
        return ModelUnreachable(f"{self.url} cannot be reached, or broke off.", "Start the server, or check the address and the port.")

    def no_filling(self) -> ModelError:
        """The server only answers questions."""
        what = f"{self.url} answers questions, but cannot complete a text in its middle."
        return ModelError(what, "Use a server that has /completions, with a model of the Qwen2.5-Coder family.")

    def translated(self, error: Exception) -> Exception:
        """What went wrong, for the person."""
        import openai

        if isinstance(error, openai.APITimeoutError):
            return ModelUnreachable(f"{self.url} did not answer in time.", "Check that the server runs and is not overloaded.")
        if isinstance(error, openai.APIConnectionError):
            return self.broken_off()
        if not isinstance(error, openai.APIError) or isinstance(error, openai.APIResponseValidationError):
            return self.garbage()
        said = self._said(error)
        if TOO_LONG.search(said) or error.code == "context_length_exceeded" or error.type == "exceed_context_size_error":
            return PromptTooLong(f"The prompt is longer than the server's model takes: {said}", tokens.SHORTER)
        if (status := getattr(error, "status_code", 0)) in STATUS:
            message, hint = STATUS[status]
            return ModelUnreachable(message.format(self.url), hint)
        return ModelUnreachable(f"{self.url} could not answer: {said}.", "Look at the server's own messages.")

    def _said(self, error) -> str:
        """The server's own words, which may repeat the key."""
        said = error.body.get("message") if isinstance(error.body, dict) else None
        return str(said or error.message).replace(self.key, "***")[:300].strip().rstrip(".")


def _unmarked(text: str) -> str:
    """Without what a server could take for one of the model's marks."""
    return text.replace("<|", "< |")


NO_COMPLETIONS = (404, 405, 501)  # what a server says that has no such address
STATUS = {
    307: ("{} sends the request on to another address.", "Name that address, if you trust it."),
    308: ("{} sends the request on to another address.", "Name that address, if you trust it."),
    401: ("{} refused the key.", "Set QSQL_API_KEY to the server's key."),
    403: ("{} does not allow this key to use the model.", "Set QSQL_API_KEY to another key, or choose another model."),
    404: ("{} knows no such model or address.", "Check the address (it usually ends in /v1), and the model's name after a #."),
    429: ("{} takes no more requests now.", "Wait a little, or check your account with it."),
    503: ("{} is not ready.", "It may still load its model: try again in a moment."),
}
