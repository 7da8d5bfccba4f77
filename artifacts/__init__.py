"""Web pages that a language model writes from a sentence, shown in a box that holds.

Knows nothing of databases or of SQL; of `qsql` it takes the records, the errors and the Model protocol.
"""
