"""Makes the tiny Whisper of `models/fixture`: synthetic speech, training on a CPU, export, figures.

Run `python -m tools.fixture_model build --help`; `models/fixture/README.md` says what comes out.
"""
