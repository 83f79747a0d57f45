import os
import subprocess
import sys

import pytest

from local import lifeline

PARENT = f"""
import subprocess, sys, threading
child = subprocess.Popen({lifeline.command("test_lifeline_child")!r}, stdin=subprocess.PIPE)
threading.Event().wait()
"""


@pytest.fixture
def child_module(tmp_path):
    """Says that it lives, then waits for ever."""
    (tmp_path / "test_lifeline_child.py").write_text(
        "import threading; print(__name__, flush=True); threading.Event().wait()"
    )
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), os.getcwd()])}


def test_a_killed_parent_takes_its_children_along(child_module):
    with subprocess.Popen([sys.executable, "-c", PARENT], env=child_module, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"__main__\n"

        parent.kill()

        # The child holds the other end of this pipe: it is closed only when the child has ended too.
        assert parent.stdout.read() == b""
