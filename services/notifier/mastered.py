"""What a mail says of a workflow: whether the result holds every limit, and which ones it does not."""

from __future__ import annotations

from shared.domain.jobs import JobType
from shared.domain.workflows import WorkflowResult


def mastered_facts(kind: JobType, result: WorkflowResult) -> dict[str, object]:
    """The facts beside those of any other work."""
    failing = [check.sentence for check in result.checks if not check.holds]
    verdict = "every limit holds"
    if failing:
        verdict = f"{len(failing)} of {len(result.checks)} limits fail"
    return {
        "operation": f"{kind.lower().replace('_', ' ')} ({result.mode})",
        "verdict": verdict,
        "failing": failing,
        "chapters": result.chapters,
    }
