"""``python -m benchmarks.calls services.notifier`` runs that module and writes down its calls to AWS.

The folder that they are written to is the variable ``ESCRIBA_CALLS``.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

from benchmarks.calls.call import FOLDER_VARIABLE
from benchmarks.calls.recorder import record_calls


def main() -> None:
    """Run the module named by the first argument; the rest are its own."""
    module = sys.argv[1]
    del sys.argv[1]
    record_calls(Path(os.environ[FOLDER_VARIABLE]), module.split(".")[1])
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
