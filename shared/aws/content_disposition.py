"""The header that names a download, or what a browser shows, whatever its owner called the file.

RFC 6266 with both parameters: ``filename`` in ASCII for old clients, ``filename*`` (RFC 8187) for all
others. Nothing a file name holds can end the quoted string or the header.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 !#$&+.^_`{}~()-]")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\]")


def content_disposition(filename: str, *, inline: bool = False) -> str:
    """``attachment; filename="…"; filename*=UTF-8''…``, or the same with ``inline``."""
    kind = "inline" if inline else "attachment"
    safe = _UNSAFE.sub("_", filename)
    plain = unicodedata.normalize("NFKD", safe).encode("ascii", "ignore").decode()
    fallback = _NOT_PLAIN.sub("_", plain) or "download"
    return f"{kind}; filename=\"{fallback}\"; filename*=UTF-8''{quote(safe, safe='')}"
