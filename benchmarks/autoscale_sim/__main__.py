"""Runs ``make autoscale-sim``."""

from benchmarks.autoscale_sim.run import main
from shared.process import run_process

run_process(main)
