"""What holds for every test."""

from __future__ import annotations

import os

from hypothesis import settings

# No test may reach a real account, nor fail for want of a profile that somebody's shell names.
for variable in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[variable]
os.environ |= {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    # onnxruntime reports its use over the network unless told not to.
    "ORT_DISABLE_TELEMETRY": "1",
}

# A shared machine may stall any single example: slowness is measured by benchmarks, not by tests.
settings.register_profile("thorough", deadline=None, max_examples=100)
settings.register_profile("quick", deadline=None, max_examples=20)
settings.load_profile(os.environ.get("ESCRIBA_EXAMPLES", "thorough"))
