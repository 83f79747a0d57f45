"""In-memory fakes that keep the same contract as the adapters in ``shared.aws`` (``tests/contract``)."""
