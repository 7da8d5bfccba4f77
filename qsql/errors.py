"""What can go wrong, as a tree; every message is a sentence for the person, every hint says what to do.

    QsqlError
      BadInput                  an empty question, an unusable setting
      MissingLibrary            a library that this choice needs is not installed
      Stopped                   the person stopped it
      CannotAnswer              the tables do not hold what was asked
      DatabaseError
        CannotOpen              missing, empty, encrypted, or not a database
        DatabaseChanged         its file was replaced or deleted since it was opened
        QueryFailed             the engine refused or broke off the query (repairable)
        QueryTimeout            the query outran its limit
        ConnectionLost          the server cannot be reached, or ended the connection
      SqlError
        NoSqlFound              no SQL in the model's text (repairable)
        SqlSyntax               not SQL of this dialect (repairable)
        NotReadOnly             more than one statement, or one that does not only read
      ModelError
        UnknownModel            no model by that name
        ModelMissing            its files could not be had
        ModelBroken             its files are corrupt or cannot be loaded
        ModelTooLarge           this machine has too little memory for it
        ModelUnreachable        the server does not answer, or refused
        PromptTooLong           the prompt does not fit the model's context
      ArtifactError
        NoPageFound             no HTML in the model's text

Third-party errors are translated where the library is called; `__cause__` keeps the original.
"""


class QsqlError(Exception):
    """Base of all; `str()` is message and hint together.

    `repairable` says whether asking the model again, with this error, may help.
    """

    repairable = False

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class BadInput(QsqlError):
    pass


class MissingLibrary(QsqlError):
    """`library` is not installed; `requirement` is what to give to pip."""

    def __init__(self, library: str, requirement: str) -> None:
        super().__init__(f"This needs {library}, which is not installed.", f"Install it with: pip install {requirement}")


class Stopped(QsqlError):
    def __init__(self) -> None:
        super().__init__("Stopped.", "Ask again when you like.")


class CannotAnswer(QsqlError):
    pass


class DatabaseError(QsqlError):
    pass


class CannotOpen(DatabaseError):
    pass


class DatabaseChanged(DatabaseError):
    pass


class QueryFailed(DatabaseError):
    repairable = True


class QueryTimeout(DatabaseError):
    pass


class ConnectionLost(DatabaseError):
    pass


class SqlError(QsqlError):
    pass


class NoSqlFound(SqlError):
    repairable = True


class SqlSyntax(SqlError):
    repairable = True


class NotReadOnly(SqlError):
    pass


class ModelError(QsqlError):
    pass


class UnknownModel(ModelError):
    pass


class ModelMissing(ModelError):
    pass


class ModelBroken(ModelError):
    pass


class ModelTooLarge(ModelError):
    pass


class ModelUnreachable(ModelError):
    pass


class PromptTooLong(ModelError):
    pass


class ArtifactError(QsqlError):
    pass


class NoPageFound(ArtifactError):
    pass
