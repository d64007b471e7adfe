"""Places on lines of the text become boxes on pages, and what OCR was not sure of lessens the confidence."""

from __future__ import annotations

from contracts.evidence import Box, Evidence, Place
from services.ingest.formats.to_text import Laid, Spot

_OCR = "ocr"


def point_back(evidence: tuple[Evidence, ...], laid: Laid, *, paged: bool) -> tuple[Evidence, ...]:
    """The same evidence with its places on pages. paged: the format has pages; else their coordinates are made up."""
    return tuple(_pointed(each, laid, paged=paged) for each in evidence)


def _pointed(evidence: Evidence, laid: Laid, *, paged: bool) -> Evidence:
    spots = [_spot(place, laid) for place in evidence.places]
    sure = [spot.piece.sure for spot in spots if spot]
    ocr = bool(sure) and min(sure) < 1
    places = [
        _boxed(place, spot) if spot and paged else place for place, spot in zip(evidence.places, spots, strict=True)
    ]
    return evidence.model_copy(
        update={
            "places": tuple(places),
            "confidence": round(evidence.confidence * (sum(sure) / len(sure) if sure else 1.0), 3),
            "reasons": (*evidence.reasons, _OCR) if ocr else evidence.reasons,
        }
    )


def _spot(place: Place, laid: Laid) -> Spot | None:
    """The piece that a place shares most columns with."""
    shared = (
        (min(spot.end, place.end) - max(spot.start, place.start), spot) for spot in laid.spots.get(place.line, ())
    )
    columns, spot = max(shared, key=lambda found: found[0], default=(0, None))
    return spot if columns > 0 else None


def _boxed(place: Place, spot: Spot) -> Place:
    """The box of a place: its share of the piece."""
    left = spot.piece.x_at(max(place.start - spot.start, 0))
    right = spot.piece.x_at(min(place.end, spot.end) - spot.start)
    top, bottom = spot.piece.span or (spot.row.y0, spot.row.y1)
    box = Box(left=round(left, 1), top=round(top, 1), right=round(right, 1), bottom=round(bottom, 1))
    return place.model_copy(update={"page": spot.row.page, "box": box})
