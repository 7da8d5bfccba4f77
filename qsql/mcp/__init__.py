"""qsql for other programs, over the Model Context Protocol: a host starts it, and speaks to it through stdin and stdout.

What it protects from:
  - a program that names a file, a folder or an address: only the databases that the person named at the start, and the sample, are
    opened, and each by a short name;
  - a program that writes: SQL goes the way that all SQL goes here, and a page goes into the one folder for pages, under a name of its own;
  - rows and tables without end: what is told is bounded, and says so;
  - a program that waits no more: a request that is cancelled ends its query and stops the model.

What it does not protect from:
  - the program, and whoever reads its conversation: it gets the rows that it asks for, and may send them anywhere;
  - a text in a cell that speaks to the model in the host: it is told to take cells for data, and may do otherwise.
"""

from pathlib import Path

from qsql.errors import MissingLibrary
from qsql.mcp.pages import Written
from qsql.mcp.workspace import PROGRAM, NamedWorkspace

__all__ = ["PROGRAM", "NamedWorkspace", "Written", "serve"]

REQUIREMENT = '"mcp>=2.3,<3"'


def serve(workspace: NamedWorkspace, pages, folder: Path) -> None:
    """Answer on stdin and stdout until the host closes them; see `server.Tools` for what `pages` is. Raises MissingLibrary."""
    try:
        from qsql.mcp import server
    except ImportError as error:  # it is not there, or of a version before this one
        if not (error.name or "").startswith("mcp"):
            raise
        raise MissingLibrary("the MCP SDK", REQUIREMENT) from error
    server.serve(workspace, pages, folder)
