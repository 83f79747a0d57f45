"""Files that no name leads to: a process that dies leaves none of them behind.

Muxers go back to complete their headers, so an output is made in a file and stored when it is whole.
"""

from __future__ import annotations

import tempfile
from typing import IO


def scratch_file() -> IO[bytes]:
    """An empty file in ``TMPDIR``, gone once it is closed (or its process has ended, however it did)."""
    return tempfile.TemporaryFile(prefix="escriba-")
