"""Cutting sound into pieces: where, exactly, or between packets."""
