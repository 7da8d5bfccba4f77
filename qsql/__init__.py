"""Ask a database in plain words; a model on this machine writes the SQL.

import qsql
db = qsql.open_database("sample")
answer = qsql.ask(db, "How many flights left JFK in July?")
print(answer.sql, answer.result)
"""

from qsql.ask import answers, ask
from qsql.databases import open_database
from qsql.databases.base import Limits
from qsql.errors import QsqlError
from qsql.models import load_model
from qsql.models.base import Options
from qsql.plan import Plan
from qsql.records import Answer, Question
from qsql.sql import read_query

__all__ = [
    "Answer",
    "Limits",
    "Options",
    "Plan",
    "QsqlError",
    "Question",
    "answers",
    "ask",
    "load_model",
    "open_database",
    "read_query",
]
