"""A question and some searches to the hits that all of them together find, best first. Pure but for the searches.

Knows nothing of how a search is made; a weight stands beside each.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from qa.types import Hit, Passage, Search


def retrieve(
    question: str,
    searches: Sequence[tuple[Search, float]],
    *,
    limit: int,
    files: Sequence[str] | None = None,
    candidates: int = 100,
) -> list[Hit]:
    """Ask each search for its best `candidates`, and give the `limit` passages that are best by all of them together.

    The scores of a search mean nothing beside another's until they are made alike: each is taken by how many standard
    deviations it is above the mean of its list (z-score), and these are added up by weight. A passage that a search
    did not bring counts there as its last one does. eval/LOG.md: "Fusion by z-score".
    """
    found = [(search(question, candidates, files), weight) for search, weight in searches]
    return fused(found, limit=limit)


def fused(found: Sequence[tuple[Sequence[Hit], float]], *, limit: int) -> list[Hit]:
    """The hits of several lists in one, best first by the weighted sum of z-scores; ties by file and place."""
    scores: dict[Passage, float] = {hit.passage: 0.0 for hits, _ in found for hit in hits}
    for hits, weight in found:
        known, others = _standardised(hits)
        for passage in scores:
            scores[passage] += weight * known.get(passage, others)
    ranked = [Hit(passage, round(score, 6)) for passage, score in scores.items()]
    ranked.sort(key=lambda hit: (-hit.score, hit.passage.file, hit.passage.start))
    return ranked[:limit]


def _standardised(hits: Sequence[Hit]) -> tuple[dict[Passage, float], float]:
    """The z-score of each hit, and that of every passage which is not among them.

    Where all scores are one, as where there is one hit, there is no deviation to measure by: to be found is then worth
    one standard deviation.
    """
    if not hits:
        return {}, 0.0
    mean = statistics.fmean(hit.score for hit in hits)
    deviation = statistics.pstdev((hit.score for hit in hits), mean)
    if deviation < 1e-9:
        return {hit.passage: 0.0 for hit in hits}, -1.0
    known = {hit.passage: (hit.score - mean) / deviation for hit in hits}
    return known, min(known.values())
