"""The header that names a download, whatever its owner called the file.

RFC 6266 with both parameters: ``filename`` in ASCII for old clients, ``filename*`` (RFC 8187) for all
others. Nothing a file name holds can end the quoted string or the header.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 !#$&+.^_`{}~()-]")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\]")


def attachment(filename: str) -> str:
    """``attachment; filename="…"; filename*=UTF-8''…``."""
    safe = _UNSAFE.sub("_", filename)
    plain = unicodedata.normalize("NFKD", safe).encode("ascii", "ignore").decode()
    fallback = _NOT_PLAIN.sub("_", plain) or "download"
    return f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(safe, safe='')}"
