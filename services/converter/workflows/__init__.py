"""Workflows: a recording made ready for publication in steps, each of them a checkpoint."""
