"""Runs ``make bench-converter``."""

from benchmarks.converter.run import main
from shared.process import run_process

run_process(main)
