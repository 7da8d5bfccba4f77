"""Gradio, imported in half the time."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_stubs() -> Iterator[None]:
    """Components that are defined in the block get no stub.

    As each of its classes is defined, Gradio reads the source, parses it and compares or writes a stub for editors beside it. At every
    start that is half of its import, and a start beside another one writes the same files. It leaves out a class without a source.
    """
    getfile = inspect.getfile

    def getfile_of_others(of) -> str:
        if type(of).__name__ == "ComponentMeta":
            raise OSError("a component")
        return getfile(of)

    inspect.getfile = getfile_of_others
    try:
        yield
    finally:
        inspect.getfile = getfile
