"""What a visitor may do, and the refusal that says so."""

from dataclasses import dataclass

from qsql.errors import BadInput
from qsql.settings import Settings


class Refused(BadInput):
    """A visitor may not do this, or not now."""


@dataclass(frozen=True)
class Limits:
    """Of each visitor: `questions_minute` questions and `events_minute` requests a minute, one question at a time,
    `upload_bytes` kept, `databases` open in `tabs` tabs, all for `idle` seconds without use. Of all: `questions` at once,
    `visitors`, and `all_databases` open."""

    questions: int = 4
    questions_minute: int = 12
    events_minute: int = 120
    upload_bytes: int = 100_000_000
    databases: int = 3
    tabs: int = 20
    idle: float = 3600.0
    visitors: int = 30
    all_databases: int = 12

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        return cls(
            questions=settings.share_questions,
            questions_minute=settings.share_minute,
            upload_bytes=settings.share_upload * 1_000_000,
            databases=settings.share_databases,
            idle=settings.share_idle * 60.0,
        )
