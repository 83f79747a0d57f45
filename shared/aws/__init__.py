"""The adapters of the ports to AWS: the only place that imports boto3.

Each adapter's docstring names the IAM actions it needs on a line that starts with ``IAM:``, and the
settings of its queue, table or bucket that it relies on.
"""
