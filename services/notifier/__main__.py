"""Runs the notifier."""

from services.notifier.bootstrap import main
from shared.process import run_process

run_process(main)
