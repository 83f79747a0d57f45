"""``make bench-api``."""

from benchmarks.api.run import main
from shared.process import run_process

run_process(main)
