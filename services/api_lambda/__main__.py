"""Runs the API under uvicorn."""

from services.api_lambda.bootstrap import main
from shared.process import run_process

run_process(main)
