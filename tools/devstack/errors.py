"""The one kind of failure a developer is meant to read."""


class StackError(Exception):
    """One clear sentence, shown without a traceback."""
