"""The parts of a server's address, each in its own field, so that nobody has to write the address or escape a password."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import gradio as gr

from qsql.databases import load
from qsql.databases.servers import SERVERS
from qsql.errors import BadInput

LONGEST = 500  # characters of a part
FIELDS = ("engine", "host", "port", "database", "user", "password")


@dataclass(frozen=True)
class ServerForm:
    """`fields` are the six parts in the order of FIELDS; `fold` can be opened to show them."""

    fold: gr.Accordion
    fields: tuple[gr.Dropdown | gr.Textbox, ...]
    open: gr.Button
    said: gr.HTML

    @property
    def password(self) -> gr.Textbox:
        return self.fields[-1]

    @property
    def outputs(self) -> list:
        return [self.fold, *self.fields, self.said]

    def opened(self) -> dict:
        """The password goes; the other parts stay for the next time."""
        return {self.password: "", self.said: "", self.fold: gr.Accordion(open=False)}

    def filled(self, address: str, said: str) -> dict:
        """The parts of an address without its password, which is asked for."""
        try:
            parts = urlsplit(address)
            port = str(parts.port or "")
        except ValueError:
            return {}
        if (scheme := parts.scheme.partition("+")[0]) not in SERVERS:
            return {}
        texts = (scheme, unquote(parts.hostname or ""), port, unquote(parts.path[1:]), unquote(parts.username or ""))
        return {**dict(zip(self.fields, texts)), self.said: said, self.fold: gr.Accordion(open=True)}


def build() -> ServerForm:
    label = gr.I18n()
    off = gr.InputHTMLAttributes(autocomplete="off", spellcheck=False)
    with gr.Accordion(label("database.server"), open=False, elem_id="database_server") as fold:
        engines = [(server.product, scheme) for scheme, server in SERVERS.items()]
        engine = gr.Dropdown(engines, value="postgresql", label=label("database.engine"), elem_id="database_engine")

        def field(name: str, **more) -> gr.Textbox:
            more = {"max_length": LONGEST, "html_attributes": off, "min_width": 90} | more
            return gr.Textbox(label=label(f"database.{name}"), elem_id=f"database_{name}", max_lines=1, **more)

        with gr.Row():
            host, port = field("host", placeholder="localhost", scale=3), field("port", placeholder="5432", scale=1)
        database = field("name")
        with gr.Row():
            user, password = field("user"), field("password", type="password")
        button = gr.Button(label("database.open"), size="sm", elem_id="database_connect")
        said = gr.HTML(elem_id="database_form_said")
    return ServerForm(fold, (engine, host, port, database, user, password), button, said)


def address_of(engine: object, host: object, port: object, database: object, user: object, password: object) -> str:
    """The address, with whatever its parts hold escaped. Raises BadInput, CannotOpen or MissingLibrary."""
    parts = [str(part or "") for part in (engine, host, port, database, user, password)]
    scheme, host, port, database, user = (part.strip() for part in parts[:5])
    if host.count(":") == 1 and not port:  # as one often writes it
        host, _, port = host.partition(":")
    if scheme not in SERVERS:
        raise BadInput("This kind of database is not known.", "Choose one of the list.")
    if any(len(part) > LONGEST or not part.isprintable() for part in parts):
        raise BadInput("A part of the address is too long, or has signs that cannot be seen.", "Write it anew.")
    number = int(port) if port.isdecimal() and port.isascii() else 0
    if port and not 0 < number < 65536:
        raise BadInput("The port is a number from 1 to 65535.", "Leave it empty for the usual one.")
    return load("sqlalchemy_address").written(scheme, host or "localhost", number or None, database, user, parts[5])
