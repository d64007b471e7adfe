"""Whether a notice may go out by itself, and what a person may change of one that may not. Pure rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import ValidationError

from contracts.evidence import Evidence
from contracts.notices import Notice, ReadingWarning

Which = Literal["off", "urgent", "all"]
CHANGEABLE = ("number", "doc_type", "issuer", "issuer_parent", "place", "issued_on", "subject", "urgency")
"""The fields that a person may correct: what stands in the header. Lists are corrected in the document."""
_MOST_SAID = 5


class NotChangeable(ValueError):
    """A correction names a field that cannot be corrected, or gives it a value that it cannot have."""


@dataclass(frozen=True)
class Policy:
    """Which notices need a look, and below which confidence (0 to 1)."""

    which: Which
    below: float


def why_review(notice: Notice, policy: Policy) -> tuple[str, ...]:
    """Why a person must look at a notice before it goes out, each reason in a sentence; empty where none must."""
    sure = notice.confidence
    urgent = notice.urgency != "thường"
    if sure is None or sure >= policy.below or policy.which == "off" or not (urgent or policy.which == "all"):
        return ()
    opening = "it is urgent and" if urgent else "it is"
    doubtful = sorted((each for each in notice.evidence if each.confidence < policy.below), key=_confidence)
    said = [f"{each.field} was read with {each.confidence:.0%}: {', '.join(each.reasons)}" for each in doubtful]
    missing = [each.message for each in notice.warnings if each.code.endswith(("_missing", "_cut"))]
    return (f"{opening} not sure enough to go out by itself ({sure:.0%})", *said[:_MOST_SAID], *missing)


def _confidence(evidence: Evidence) -> float:
    return evidence.confidence


def marked(notice: Notice, reasons: tuple[str, ...]) -> Notice:
    """The notice with the reasons for its review among its warnings."""
    warnings = tuple(ReadingWarning(code="needs_review", message=reason) for reason in reasons)
    return notice.model_copy(update={"warnings": notice.warnings + warnings})


def corrected(notice: Notice, changes: Mapping[str, str | None], author: str) -> Notice:
    """The notice as a person corrected it: what was changed, from what and by whom is in its warnings.

    Raises NotChangeable.
    """
    if unknown := sorted(changes.keys() - set(CHANGEABLE)):
        raise NotChangeable(f"{', '.join(unknown)} cannot be corrected here; {', '.join(CHANGEABLE)} can")
    was = notice.model_dump(mode="json")
    try:
        new = Notice.model_validate({**was, **changes})
    except ValidationError as error:
        wrong = error.errors()[0]
        raise NotChangeable(f"{wrong['loc'][0]}: {wrong['msg']}") from error
    told = tuple(
        ReadingWarning(code="corrected_in_review", message=f"{field} was {was[field]!r}; {author} set {value!r}")
        for field, value in changes.items()
    )
    kept = tuple(each for each in notice.evidence if each.field not in changes)
    inferred = {field: value for field, value in notice.inferred.items() if field not in changes}
    update = {"evidence": kept, "inferred": inferred, "warnings": notice.warnings + told}
    return new.model_copy(update=update)
