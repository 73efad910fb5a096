"""Failures of the database, for operators."""


class StorageError(Exception):
    """The database cannot do what was asked. The text has no SQL, no values and no password."""
