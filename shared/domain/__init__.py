"""The trade itself: jobs, files, messages, transcripts, errors. Imports stdlib and pydantic only."""
