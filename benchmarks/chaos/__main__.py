"""Runs ``make chaos``."""

from benchmarks.chaos.run import main
from shared.process import run_process

run_process(main)
