"""What goes over the pipe between the app and a worker process: frames of a small JSON head and a body of bytes.

The app does not trust a worker, whose engine reads what anyone may have written: what comes back is JSON, Arrow that is
checked in full before it is used, or a pickle of nothing but the records below.
"""

import datetime
import decimal
import io
import json
import pickle
import struct
import uuid
from typing import BinaryIO

import pyarrow

from qsql import records
from qsql.databases import reading
from qsql.records import Result

LENGTHS = struct.Struct(">IQ")  # bytes of the head, bytes of the body
MAX_HEAD = 10_000_000
LARGE = 1_000_000
PLAIN = (
    *(records.Column, records.ForeignKey, records.Table, records.Schema),
    *(reading.Reading, reading.ReadTable),
    *(datetime.date, datetime.datetime, datetime.time, datetime.timedelta, datetime.timezone),
    *(decimal.Decimal, uuid.UUID),
)
KNOWN = {(kind.__module__, kind.__qualname__): kind for kind in (*PLAIN, str)}


class BadFrame(Exception):
    """What came is no frame of a worker's."""


def write(stream: BinaryIO, head: dict, body: bytes | pyarrow.Table = b"") -> None:
    """One frame; a table is written as an Arrow stream, without a copy of it. Raises OSError where no one reads any more."""
    text = json.dumps(head).encode()
    stream.write(LENGTHS.pack(len(text), _size(body)) + text)
    if isinstance(body, pyarrow.Table):
        _write_table(pyarrow.PythonFile(stream, "w"), body)
    else:
        stream.write(body)
    stream.flush()


def read(stream: BinaryIO, max_body: int) -> tuple[dict, memoryview]:
    """The next frame. Raises EOFError at the end, and BadFrame for what is none or has a longer body."""
    head_size, body_size = LENGTHS.unpack(_exactly(stream, LENGTHS.size))
    if head_size > MAX_HEAD or body_size > max_body:
        raise BadFrame(f"a head of {head_size} and a body of {body_size} bytes")
    try:
        head = json.loads(_exactly(stream, head_size))
    except ValueError as error:
        raise BadFrame("a head that is not JSON") from error
    # Arrow's room is not filled with zeros first; but to have any, it takes more than a small worker may.
    body = memoryview(pyarrow.allocate_buffer(body_size) if body_size > LARGE else bytearray(body_size))
    _fill(stream, body)
    return head, body


def pack(value: object) -> tuple[dict, bytes | pyarrow.Table]:
    """A value as the head and body of a frame: a Result, or anything made of plain values and records."""
    if isinstance(value, Result):
        return {"result": {"truncated": value.truncated, "seconds": value.seconds}}, value.rows
    packed = io.BytesIO()
    _Packer(packed).dump(value)
    return {}, packed.getvalue()


def unpack(head: dict, body: memoryview | bytearray) -> object:
    """The value again. Raises BadFrame for anything else, whatever it would do to whoever reads it."""
    try:
        if "result" in head:
            rows = pyarrow.ipc.open_stream(pyarrow.py_buffer(body)).read_all()
            rows.validate(full=True)
            return Result(rows, bool(head["result"]["truncated"]), float(head["result"]["seconds"]))
        return _Plain(io.BytesIO(body)).load()
    except Exception as error:  # a pickle or an Arrow stream may be wrong in any way
        raise BadFrame(str(error)) from error


class _Packer(pickle.Pickler):
    """A driver's own types (ranges, addresses) become text, and a named time zone the offset that it has then."""

    def reducer_override(self, value: object) -> object:
        if isinstance(value, datetime.datetime) and type(value.tzinfo) not in (type(None), datetime.timezone):
            return value.astimezone(datetime.timezone(value.utcoffset())).__reduce_ex__(pickle.DEFAULT_PROTOCOL)
        if isinstance(value, type) or type(value) in PLAIN:
            return NotImplemented
        if isinstance(value, (memoryview, bytearray)):
            return str, (bytes(value).hex(),)
        return str, (str(value),)


class _Plain(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> type:
        try:
            return KNOWN[module, name]
        except KeyError:
            raise BadFrame(f"{module}.{name} is no record") from None


def _size(body: bytes | pyarrow.Table) -> int:
    if not isinstance(body, pyarrow.Table):
        return len(body)
    counter = pyarrow.MockOutputStream()
    _write_table(counter, body)
    return counter.size()


def _write_table(sink: pyarrow.NativeFile, table: pyarrow.Table) -> None:
    with pyarrow.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)


def _exactly(stream: BinaryIO, size: int) -> bytearray:
    data = bytearray(size)
    _fill(stream, memoryview(data))
    return data


def _fill(stream: BinaryIO, room: memoryview) -> None:
    filled = 0
    while filled < len(room):
        count = stream.readinto(room[filled:])
        if not count:
            raise EOFError
        filled += count
