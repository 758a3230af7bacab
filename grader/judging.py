"""From what was observed to a grade: the same for a new grading and for one that is judged again."""

from __future__ import annotations

from grader.checks.base import Check
from grader.checks.evaluate import evaluate
from grader.model.grade import Grade, Rescored
from grader.model.sitting import Sitting
from grader.receipt import runs_report, submission_info, timing_report
from grader.registry import Registry
from grader.scoring import score


def judge(sitting: Sitting, checks: Registry[type[Check]], rescored: Rescored | None = None) -> Grade:
    """Put all checks to the evidence and add up the points. Nothing is run.

    ``rescored`` is noted in the grade; all else that tells of when and where is that of the sitting.
    """
    evidence, spec = sitting.evidence, sitting.evidence.exercise.spec
    judgement = evaluate(evidence, checks)
    total = score(judgement.results, judgement.review_reasons)
    return Grade(
        exercise=spec.id,
        exercise_title=spec.title,
        exercise_version=spec.version,
        submission=submission_info(evidence.submission),
        status=total.status,
        review_reasons=judgement.review_reasons,
        score=total.score,
        max_score=total.max_score,
        points_judged=total.points_judged,
        checks=judgement.results,
        run=runs_report(evidence),
        timing=timing_report(evidence, sitting.speed),
        sandbox=sitting.sandbox,
        machine=sitting.machine,
        versions=dict(sitting.versions),
        seed=sitting.seed,
        graded_at=sitting.graded_at,
        rescored=rescored,
    )
