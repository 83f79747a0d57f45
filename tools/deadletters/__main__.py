"""``python -m tools.deadletters --help``."""

from shared.process import run_process
from tools.deadletters.bootstrap import main

run_process(main)
