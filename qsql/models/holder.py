"""The model in use: loaded in the background, changed without a restart, and never a second one beside it in memory.

Another model is first fetched, while the one in use answers on. Then that one is let go of as soon as no question uses it (new ones
wait), and the other is loaded; where that fails, the one before is loaded again. Safe to use from several threads.
"""

import gc
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from threading import Condition, Event, Lock, Thread

from qsql.errors import ModelBroken, ModelTooLarge, QsqlError, Stopped
from qsql.models.base import Model
from qsql.models.fetch import Progress
from qsql.models.job import Cancelled, Job
from qsql.models.state import State
from qsql.models.used import Counted, Timed

LOOK = 0.05  # seconds between two looks at whether it is still wanted
PATIENCE = 120.0  # seconds that a question under way may keep its model; then it is broken off

Load = Callable[[], Model]
Prepare = Callable[[str, Progress], Load]


class Held:
    """A loaded model: the name it was asked for by, the way to load it again, and how many use it."""

    def __init__(self, name: str, load: Load, using: Callable[["Held"], object]) -> None:
        self.name, self.load = name, load
        self.uses, self.closed = 0, False
        self.model = Timed(load())
        self.counted = Counted(self.model, lambda: using(self))


class ModelHolder:
    """Call it to get the model. `prepare(name, progress)` fetches what is missing of a model and gives the way to load it.

    The first, `name`, begins to load at once. `ready`, which may be set later, is told the name of each that was switched to, once
    it is in use.
    """

    def __init__(self, prepare: Prepare, name: str, ready: Callable[[str], None] = lambda name: None) -> None:
        self._prepare, self._name = prepare, name
        self.ready = ready
        self._changed = Condition()  # around everything below
        self._turn = Lock()  # to take one out and put another in
        self._held: Held | None = None
        self._leaving: Held | None = None
        self._error: Exception | None = None
        self._held_up = 0
        with self._changed:
            self._job: Job | None = self._start(name)

    @property
    def name(self) -> str:
        """What the model in use was asked for by, such as `auto`; what is to be loaded, where there is none."""
        return self._name

    @property
    def speed(self) -> float | None:
        """Tokens a second that the model in use wrote lately; None as long as it has not written enough."""
        held = self._held
        return held.model.speed if held else None

    def __call__(self) -> Model:
        """Waits while the model is loaded, and tries again where that failed before. Raises what loading raises.

        Between two texts that it writes, the model may be changed, and is then no more of use: see `using`.
        """
        return self._get().counted

    @contextmanager
    def using(self, stop: Event | None = None) -> Iterator[Model]:
        """The model for one question: it stays until the end of the block, whatever is chosen meanwhile. Raises Stopped, too."""
        held = self._get(stop, uses=1)
        try:
            yield held.model
        finally:
            self._leave(held)

    def aside(self) -> Model:
        """The model for what nobody waits for: it counts as no question, and is broken off where the model is changed."""
        return self._get().model

    def switch(self, name: str) -> None:
        """Begin to use another model, and return. What was on its way before is given up."""
        with self._changed:
            if self._job:
                self._job.cancel()
            self._error = None
            self._job = self._start(name, chosen=True)
            self._changed.notify_all()

    def cancel(self) -> bool:
        """Stay with the model in use. Whether that could be done: one that is already being loaded will be in use."""
        with self._changed:
            job = self._job
            if job is None or not job.cancel():
                return False
            if job.stage == "fetching":  # its thread may hear it only when the next bytes come
                job.stage, self._job = "over", None
            self._changed.notify_all()
            return True

    def state(self) -> State:
        """How it stands; costs nothing."""
        with self._changed:
            job, held = self._job, self._held or self._leaving
            now = {"name": held.model.name if held else "", "questions": held.uses if held else 0, "held_up": self._held_up}
            if job is None:
                idle = "failed" if self._error else "absent"
                kind = ("busy" if now["questions"] else "ready") if held else idle
                return State(kind, coming=self._name if kind == "failed" else "", error=self._error, **now)
            kind = "fetching" if job.stage == "fetching" and job.total else "loading"
            return State(kind, coming=job.name, done=job.done, total=job.total, seconds=job.seconds, **now)

    def close(self) -> None:
        """Give the memory back. Whoever asks for the model after that loads it anew."""
        self.cancel()
        with self._turn, self._changed:
            held, self._held = self._held, None
            if held:
                held.closed = True
        if held:
            held.model.close()
        del held
        gc.collect()

    def _get(self, stop: Event | None = None, uses: int = 0) -> Held:
        with self._changed:
            self._held_up += 1
            try:
                while self._held is None:
                    self._wait_for(self._under_way(), stop)
                self._held.uses += uses
                return self._held
            finally:
                self._held_up -= 1

    def _under_way(self) -> Job:
        if self._job is None:
            self._job = self._start(self._name)
        return self._job

    def _wait_for(self, job: Job, stop: Event | None) -> None:
        while self._held is None and not job.over:
            if stop is not None and stop.is_set():
                raise Stopped()
            self._changed.wait(None if stop is None else LOOK)
        if self._held is None and self._job is None:
            raise job.error.with_traceback(None) if job.error else Stopped()

    @contextmanager
    def _using(self, held: Held) -> Iterator[None]:
        with self._changed:
            if held.closed:
                raise ModelBroken(f"The model {held.name!r} was closed.", "Ask again.")
            held.uses += 1
        try:
            yield
        finally:
            self._leave(held)

    def _leave(self, held: Held) -> None:
        with self._changed:
            held.uses -= 1
            self._changed.notify_all()

    def _start(self, name: str, chosen: bool = False) -> Job:
        """Called with the lock held, or the job could end before it is known."""
        job = Job(name, chosen)
        Thread(target=self._run, args=(job,), name="qsql-load", daemon=True).start()
        return job

    def _run(self, job: Job) -> None:
        try:
            load = self._prepare(job.name, job.report)
            with self._turn:
                self._replace(job, load)
        except Cancelled:
            self._end(job, None)
        except Exception as error:  # of the fetch, of a model's library: whoever asks for the model gets it
            job.error = _bare(error, job.name)
            self._end(job, None)
        else:
            if job.chosen and job.error is None:
                self._tell(job.name)

    def _tell(self, name: str) -> None:
        try:
            self.ready(name)
        except Exception:  # of whoever is told: the model is in use all the same
            logging.getLogger(__name__).exception("after changing to %r", name)

    def _replace(self, job: Job, load: Load) -> None:
        before, held = self._let_go(job), None
        if before:
            gc.collect()  # it, or its library's model, may hold itself in a circle
        try:
            held = Held(job.name, load, self._using)
        except Exception as error:  # as above
            job.error = _bare(error, job.name)
            held = self._again(*before) if before else None
        self._end(job, held)

    def _let_go(self, job: Job) -> tuple[str, Load] | None:
        """Close the model in use, once no question uses it; how to have it again. Raises Cancelled, and leaves it in its place."""
        with self._changed:
            job.check()
            job.stage, self._leaving, self._held = "leaving", self._held, None
            before, end = self._leaving, time.monotonic() + PATIENCE
            while before and before.uses and time.monotonic() < end:
                self._changed.wait(LOOK)
                if job.cancelled:
                    self._held, self._leaving = before, None
                    raise Cancelled
            job.stage, self._leaving = "loading", None
            if before:
                before.closed = True
        if before is None:
            return None
        before.model.close()
        return before.name, before.load

    def _again(self, name: str, load: Load) -> Held | None:
        try:
            return Held(name, load, self._using)
        except Exception:  # the error that is told is the one of the model that was chosen
            logging.getLogger(__name__).exception("while loading %r again", name)
            return None

    def _end(self, job: Job, held: Held | None) -> None:
        with self._changed:
            if held:
                self._held, self._name = held, held.name
            elif self._held is None and not job.cancelled:
                self._name = job.name
            job.stage = "over"
            if self._job is job:
                self._job, self._error = None, job.error
            self._changed.notify_all()


def using(model: Callable[[], Model], stop: Event | None = None):
    """The model for one question from a holder, or from any function that gives one."""
    return model.using(stop) if hasattr(model, "using") else nullcontext(model())


def _bare(error: Exception, name: str) -> Exception:
    """For a person, and without what would keep half a model in memory: the frames that raised it."""
    if isinstance(error, MemoryError):
        return ModelTooLarge(f"{name!r} does not fit into the memory that is free.", "Close other programs, or choose a smaller model.")
    if not isinstance(error, QsqlError):
        logging.getLogger(__name__).error("while loading %r", name, exc_info=error)
    error.__traceback__ = error.__cause__ = error.__context__ = None
    return error
