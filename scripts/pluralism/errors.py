"""The one exception for what a user can mend: bad input, a wrong option, a missing file."""


class UserError(Exception):
    """A fault in the user's input. Its text is one line: what, where, and what was expected."""
