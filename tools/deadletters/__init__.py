"""Dead letters for operators: list, show, replay, purge, on the emulator as on AWS."""
