"""Runs the reconciler on a timer."""

from services.reconciler.bootstrap import main
from shared.process import run_process

run_process(main)
