"""The one exception for what a user can correct: bad input, a wrong option, a missing file."""


class UserError(Exception):
    """An error in the user's input. Its text is one line: what, where, and what was expected."""
