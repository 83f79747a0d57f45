"""Starts the converter: ``python -m services.converter``."""

from services.converter.bootstrap import main
from shared.process import run_process

run_process(main)
