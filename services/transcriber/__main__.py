"""Starts the transcriber: ``python -m services.transcriber``."""

from services.transcriber.bootstrap import main
from shared.process import run_process

run_process(main)
