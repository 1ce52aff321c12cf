"""How alike texts are: the cosine of their words, the rarer ones weighing more (TF-IDF)."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

_WORD = re.compile(r"[^\W_]+")


def similarities(query: str, texts: Sequence[str]) -> list[float]:
    """Compare a text with each of others: 1.0 for the same words as often, 0.0 for no word in common."""
    counts = [_counted(text) for text in texts]
    documents = Counter(word for counted in counts for word in counted)
    weights = {word: math.log((1 + len(texts)) / (1 + number)) + 1.0 for word, number in documents.items()}
    # A word that no text has weighs most: it speaks against all of them.
    rarest = math.log(1 + len(texts)) + 1.0
    vectors = [_weighted(counted, weights, rarest) for counted in (_counted(query), *counts)]
    return [_cosine(vectors[0], vector) for vector in vectors[1:]]


def _counted(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.casefold()))


def _weighted(counted: Mapping[str, int], weights: Mapping[str, float], otherwise: float) -> dict[str, float]:
    return {word: number * weights.get(word, otherwise) for word, number in counted.items()}


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    lengths = math.hypot(*one.values()) * math.hypot(*other.values())
    product = math.fsum(weight * other.get(word, 0.0) for word, weight in one.items())
    return min(product / lengths, 1.0) if lengths else 0.0
