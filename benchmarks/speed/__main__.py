"""Runs ``make bench``."""

from benchmarks.speed.run import main
from shared.process import run_process

run_process(main)
