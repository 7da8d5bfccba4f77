"""Reading a request's body before the app does, and the app's answer before the browser does."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qsql.share.limits import Refused


async def read_body(request: Request, most: int) -> bytes:
    """The whole body. Raises Refused where it is longer than `most` bytes, or does not say how long it is."""
    if length_of(request) > most:
        raise Refused("This is too long.", f"Send at most {most:,} bytes.")
    return await request.body()


def length_of(request: Request) -> int:
    """Bytes of the body, which the server holds it to. Raises Refused where that is not said."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or "transfer-encoding" in request.headers:
        raise Refused("A request has to say how long it is.")
    return int(length)


def replayed(app: ASGIApp, body: bytes) -> ASGIApp:
    """The app, which still gets to read the body that was read here."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        unread: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Message:
            return unread.pop() if unread else await receive()

        await app(scope, again, send)

    return run


async def answer_to_form(app: ASGIApp, request: Request, form: bytes) -> Response:
    """What the app answers to this form in place of the request's own."""
    kept = [(name, value) for name, value in request.scope["headers"] if name not in (b"content-length", b"content-type")]
    about = [(b"content-length", str(len(form)).encode()), (b"content-type", b"application/x-www-form-urlencoded")]
    scope = {**request.scope, "headers": kept + about}

    async def receive() -> Message:
        return {"type": "http.request", "body": form, "more_body": False}

    return await collected(app, scope, receive)


async def collected(app: ASGIApp, scope: Scope, receive: Receive) -> Response:
    """The app's whole answer, before anything of it is sent."""
    start: Message = {"status": 500, "headers": []}
    body = bytearray()

    async def collect(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            body.extend(message.get("body", b""))

    await app(scope, receive, collect)
    answer = Response(bytes(body), start["status"])
    answer.raw_headers = list(start["headers"])
    return answer
