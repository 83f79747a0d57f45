"""What can stop the work, each said in one sentence.

FixtureModelError
├── MissingToolError    a library that must be installed first
└── MissingInputError   a file that an earlier step writes
"""


class FixtureModelError(Exception):
    """The work cannot go on; the message says what to do."""


class MissingToolError(FixtureModelError):
    """A library is not installed."""


class MissingInputError(FixtureModelError):
    """A file that an earlier step writes is not there."""
