"""Transcribes: takes jobs from the queue, writes transcripts."""

import os

# onnxruntime, which finds the speech, otherwise reports to its maker's servers and leaves a file in the
# folder for temporary files. It reads this when it is imported, which happens only below this package.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
