"""Runs ``make loadtest``."""

from benchmarks.load.run import main
from shared.process import run_process

run_process(main)
