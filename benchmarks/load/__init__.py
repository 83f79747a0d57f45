"""Thousands of tiny jobs through the real platform: jobs a second, waits, calls to AWS a job, memory."""
