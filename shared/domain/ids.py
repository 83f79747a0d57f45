"""Ids are ULIDs: sortable by time, 80 random bits (https://github.com/ulid/spec)."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

from ulid import ULID

ID_PATTERN = r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$"
"""Crockford base 32, upper case, 26 characters."""

_ID = re.compile(ID_PATTERN)


def new_id() -> str:
    """A fresh id, as text of 26 characters."""
    return str(ULID())


def derived_id(seed: str, name: int | str) -> str:
    """The same id for the same seed (an id) and number or name: 80 bits of SHA-256, at the seed's time."""
    moment = ULID.from_str(seed).bytes[:6]
    return str(ULID(moment + hashlib.sha256(f"{seed}/{name}".encode()).digest()[:10]))


def time_of(an_id: str) -> datetime:
    """When it was made."""
    return ULID.from_str(an_id).datetime


def is_id(text: str) -> bool:
    """Whether the text has the form of an id (whether it exists is another question)."""
    return _ID.fullmatch(text) is not None
