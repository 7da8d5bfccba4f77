"""Models behind OpenAI-compatible servers that the person named: one, or several of the same model.

Prompts go to these addresses and to no other: no proxy, no redirect, nothing from the environment that the library reads by
itself, and no header that tells of this machine. The library runs in a thread with an event loop, because only there can a
request be broken off at every stage, also while the server still reads the prompt.

A request that failed before anything of the answer came goes to another server, and to the last one again after a pause. Once
something has come, nothing is asked anew.
"""

import asyncio
import json
import re
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from math import ceil
from queue import SimpleQueue
from urllib.parse import urlsplit

from qsql.errors import MissingLibrary, ModelError, ModelUnreachable, QsqlError, UnknownModel
from qsql.models import offered, tokens
from qsql.models.addresses import addresses
from qsql.models.base import Options, Weights
from qsql.models.choices import Texts
from qsql.models.offered import Offered
from qsql.models.openai_errors import NO_SUCH_ADDRESS, Border, NotBegun, better_elsewhere, has_no_list, pause_before_again, status_of
from qsql.models.replicas import Replicas
from qsql.models.waiting import listen
from qsql.records import Piece, Prompt
from qsql.settings import Settings

CONNECT, LISTING, SILENCE = 5.0, 10.0, 300.0  # seconds until it is given up: to connect, for the list of models, and for the next word
HEADERS = {"host", "authorization", "content-type", "content-length", "accept", "accept-encoding", "connection"}
CHARACTERS = re.compile(r"[A-Za-z]+|\s+|.", re.DOTALL)
STOPS = 4  # more stop words the protocol does not take; the rest are only looked for here
AT_ONCE = 4  # requests of one answer
MOST_NAMED = 8  # models in a sentence


def load(weights: Weights, settings: Settings) -> "Server":
    """The model `weights.name` of the servers at `weights.source`, or the first that they list; see `addresses` for several.

    Raises ModelUnreachable where none of them is there, UnknownModel where one is of another model, and MissingLibrary.
    """
    server = Server(weights, _connections(weights.source, settings))
    try:
        server.choose(weights.name)
    except ModelError:
        server.close()
        raise
    return server


def models_of(address: str, settings: Settings) -> tuple[Offered, ...]:
    """What the server at this address offers. Raises ModelUnreachable or MissingLibrary."""
    server = Server(Weights("openai", "", address), _connections(address, settings))
    try:
        return server.offered()
    finally:
        server.close()


def _connections(source: str, settings: Settings) -> "list[_Connection]":
    try:
        import openai
    except ImportError as error:
        raise MissingLibrary("openai", "'openai>=3,<4'") from error
    try:
        urls = addresses(source)
        if not urls or any(urlsplit(url).port == 0 for url in urls):
            raise ValueError("no port")
        return [_Connection(openai, url, settings.api_key or "none") for url in urls]
    except ValueError as error:
        raise ModelUnreachable("This is not a server's address.", "Write it like http://127.0.0.1:8080/v1.") from error


class _Connection:
    """One server. `name` is the model that it is asked for; what it calls that is found out before, and anew after it was not there."""

    def __init__(self, openai, url: str, key: str) -> None:
        self.border, self.name = Border(url, key), ""
        self._model = self._said = ""  # as it calls the model, and as its answers do
        self._client = openai.AsyncOpenAI(
            base_url=url,
            api_key=key,
            admin_api_key="",
            default_headers={"Authorization": f"Bearer {key}"},
            timeout=openai.Timeout(SILENCE, connect=CONNECT),
            max_retries=0,  # it would wait unheard, and ask this server only
            http_client=openai.DefaultAsyncHttpxClient(trust_env=False, follow_redirects=False, event_hooks={"request": [_plain]}),
        )

    async def offered(self) -> tuple[Offered, ...]:
        """Raises what goes wrong as one of our errors."""
        try:
            found = offered.read_offered((await self._client.models.list(timeout=LISTING)).data)
        except Exception as error:
            raise self.border.translated(error) from error
        if not found:
            raise ModelUnreachable(f"{self.border.url} offers no model.", "Load one into it first.")
        return found

    def take(self, found: tuple[Offered, ...]) -> Offered:
        """Ask for the model among these that `name` means; where there is no list, by that name. Raises UnknownModel."""
        taken = offered.find(self.name, found) if found else Offered(self.name)
        if taken is None:
            names = ", ".join(one.name for one in found[:MOST_NAMED]) + (", ..." if len(found) > MOST_NAMED else "")
            raise UnknownModel(f"{self.border.url} does not offer {self.name!r}.", f"It offers: {names}.")
        self._model = taken.id
        return taken

    async def write(self, request: dict, put: Callable[[object, Border], None]) -> None:
        """Raises NotBegun where nothing came and it may be asked again, here or elsewhere; else what went wrong as one of our errors."""
        completions, came = self._client.completions if "prompt" in request else self._client.chat.completions, False
        try:
            await self._find_out()
            async with await completions.create(model=self._model, **request) as chunks:
                async for chunk in chunks:
                    if not came:
                        await self._look_again(getattr(chunk, "model", ""))
                    came = True
                    put(chunk, self.border)
        except Exception as error:
            told, cause = self.border.translated(error), error.__cause__ if isinstance(error, ModelUnreachable) else error
            if came or not better_elsewhere(cause):
                raise told from cause
            self._model = ""
            told.__cause__ = cause
            raise NotBegun(told, pause_before_again(cause)) from error

    async def _find_out(self) -> None:
        if self._model:
            return
        try:
            self.take(await self.offered())
        except ModelUnreachable as error:
            if not has_no_list(error):
                raise
            self.take(())

    async def _look_again(self, said: str) -> None:
        """Where an answer names another model than those before, the server may have been started anew with another one."""
        if self._said not in ("", said):
            self._model = ""
            await self._find_out()
        self._said = said

    async def close(self) -> None:
        await self._client.close()


async def _plain(request) -> None:
    for name in [name for name in request.headers if name.lower() not in HEADERS]:
        del request.headers[name]
    request.headers["connection"] = "close"  # a server may drop a kept connection just when it is used again


class Server:
    """One model of one or more servers; several calls run at once, as far as they do."""

    def __init__(self, weights: Weights, connections: Sequence[_Connection]) -> None:
        self.name, self.context = weights.name, weights.context
        self._replicas = Replicas(connections)
        self._single, self._tells = False, True  # whether they give one candidate a request; tell how likely its tokens are, if asked
        self._border = connections[0].border
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="qsql-openai", daemon=True)
        self._thread.start()

    def choose(self, name: str) -> None:
        """Use this model of theirs, or the first that they list. Raises ModelUnreachable and UnknownModel."""
        lists, chosen = self._submit(self._lists(bool(name))).result(), []
        for replica in self._replicas:
            replica.server.name = name or offered.first(lists[0][1]).name
        for connection, found in lists:
            chosen.append(connection.take(found))
        self.name = chosen[0].name
        self.context = min((one.context for one in chosen if one.context), default=self.context)

    def offered(self) -> tuple[Offered, ...]:
        """What the first of them that is there lists."""
        return self._submit(self._lists(False)).result()[0][1]

    def stream(self, prompt: Prompt, options: Options = Options()) -> Iterator[Piece]:
        """See models.base. Where servers give fewer candidates than they were asked for, the others are asked for side by side."""
        if options.cancelled:
            yield from tokens.ends("cancelled", options.candidates)
            return
        done = 0
        if options.candidates == 1 or not self._single:
            texts = Texts(prompt.stop, 0, options.candidates)
            try:
                yield from self._ask([(self._request(prompt, options, 0, options.candidates), texts)], options)
            except ModelUnreachable as error:
                if status_of(error.__cause__) not in (400, 422):
                    raise
                if self._tells and (options.candidates == 1 or "logprob" in error.message):
                    self._tells = False
                    yield from self.stream(prompt, options)
                    return
                if options.candidates == 1:
                    raise  # else it may take no more than one, and if not, says so again
            yield from texts.ends(options.cancelled)
            done = len(texts)
            self._single = self._single or done < options.candidates
        rest = [Texts(prompt.stop, place, place + 1) for place in range(done, options.candidates)]
        asked = [(self._request(prompt, options, place, 1), texts) for place, texts in enumerate(rest, done)]
        yield from self._ask(asked, options)
        for texts in rest:
            yield from texts.ends(options.cancelled)

    def fill(self, prefix: str, suffix: str, stop: tuple[str, ...] = (), options: Options = Options()) -> Iterator[Piece]:
        """See models.base. The marks are written into the text, so only a server of such a model understands it."""
        if options.cancelled:
            yield from tokens.ends("cancelled", 1)
            return
        before, after, middle = tokens.FILL
        prompt = f"{before}{_unmarked(prefix)}{after}{_unmarked(suffix)}{middle}"
        texts = Texts(stop, 0, 1)
        try:
            yield from self._ask([({"prompt": prompt, **self._how(stop, options)}, texts)], options)
        except ModelUnreachable as error:
            if status_of(error.__cause__) in NO_SUCH_ADDRESS:
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

    def _request(self, prompt: Prompt, options: Options, place: int, count: int) -> dict:
        """For so many candidates, from this one on."""
        messages = [{"role": message.role, "content": message.text} for message in prompt.messages]
        messages += [{"role": "assistant", "content": prompt.begun}] if prompt.begun else []
        request = {"messages": messages, **self._how(prompt.stop, options)} | ({"logprobs": True} if self._tells else {})
        if count > 1:
            request["n"] = count
        if options.seed is not None:
            request["seed"] = options.seed + place
        if prompt.json_schema:
            schema = {"name": "answer", "strict": True, "schema": json.loads(prompt.json_schema)}
            request["response_format"] = {"type": "json_schema", "json_schema": schema}
        return request

    def _how(self, stop: tuple[str, ...], options: Options) -> dict:
        request = {"max_tokens": options.max_tokens, "temperature": options.temperature}
        request |= {"stream": True, "stream_options": {"include_usage": True}}
        return request | ({"stop": list(stop[:STOPS])} if stop else {})

    def _ask(self, asked: Sequence[tuple[dict, Texts]], options: Options) -> Iterator[Piece]:
        """The pieces of all these requests as they come; no more than AT_ONCE of them are under way."""
        queue, gate, calls, borders = SimpleQueue(), asyncio.Semaphore(AT_ONCE), {}, {}
        for request, texts in asked:
            calls[texts] = self._submit(self._write(request, gate, lambda *came, texts=texts: queue.put((texts, *came))))
            calls[texts].add_done_callback(lambda call, texts=texts: queue.put((texts, None, None)))
        try:
            for texts, chunk, border in listen(queue, lambda: options.cancelled or not calls):
                if texts not in calls:
                    continue  # it was cut off, and something came all the same
                if chunk is not None:
                    borders[texts] = border
                    yield from _read(chunk, texts, border)
                if texts.all_cut:
                    calls.pop(texts).cancel()
                elif chunk is None:
                    _check(calls.pop(texts), texts, borders.get(texts, self._border))
        finally:
            for call in calls.values():
                call.cancel()

    async def _lists(self, named: bool) -> list[tuple[_Connection, tuple[Offered, ...]]]:
        """What each server that is there offers; nothing of one that has no list, where a model is `named` already."""
        found = await asyncio.gather(*(replica.server.offered() for replica in self._replicas), return_exceptions=True)
        lists, errors = [], []
        for replica, one in zip(self._replicas, found):
            if named and isinstance(one, QsqlError) and has_no_list(one):
                one = ()
            if isinstance(one, BaseException):
                errors.append(one)
                replica.rest()
            else:
                lists.append((replica.server, one))
        refused = [error for error in errors if status_of(error.__cause__) in (401, 403)]
        if refused or not lists:
            raise refused[0] if refused else self._none_answers(errors[-1])
        return lists

    async def _write(self, request: dict, gate: asyncio.Semaphore, put: Callable[[object, Border], None]) -> None:
        """Raises what goes wrong as one of our errors."""
        async with gate:
            for last in (False, True):
                failed: list[NotBegun] = []
                for replica in self._replicas.in_order():
                    try:
                        with replica.working() as connection:
                            return await connection.write(request, put)
                    except NotBegun as error:
                        replica.rest()
                        failed.append(error)
                waits = [error.wait for error in failed if error.wait is not None]
                if last or not waits:
                    raise self._none_answers(failed[-1].told)
                await asyncio.sleep(min(waits))

    def _none_answers(self, last: QsqlError) -> QsqlError:
        count = len(self._replicas)
        if count == 1:
            return last
        told = ModelUnreachable(f"None of the {count} servers answers; the last one: {last.message}", last.hint)
        told.__cause__ = last.__cause__
        return told

    def _submit(self, work: Coroutine) -> Future:
        if self._loop.is_closed():
            work.close()
            raise self._border.closed()
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _end(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.gather(*(replica.server.close() for replica in self._replicas))


def _read(chunk: object, texts: Texts, border: Border) -> Iterator[Piece]:
    try:
        pieces = list(texts.read(chunk))
    except (AttributeError, TypeError, ValueError) as error:
        raise border.garbage() from error
    yield from pieces


def _check(call: Future, texts: Texts, border: Border) -> None:
    """Raises what went wrong with a request that has ended."""
    if call.cancelled():
        raise border.closed()
    if error := call.exception():
        raise error
    if not len(texts):
        raise border.garbage()
    if not texts.all_ended:
        raise border.broken_off()


def _unmarked(text: str) -> str:
    """Without what a server could take for one of the model's marks."""
    return text.replace("<|", "< |")
