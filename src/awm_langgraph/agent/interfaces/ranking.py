"""Which tools fit a few words best: BM25 over names, descriptions and parameters.

Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009), with its usual constants.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from langchain_core.tools import BaseTool

from awm_langgraph.environment import schema_of

_SATURATION = 1.2
_LENGTH_WEIGHT = 0.75
_NAME_WEIGHT = 3
"""How often a tool's name counts: it says in two words what the description says in ten."""
_WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![a-z])|\d+")


def best_fitting(query: str, tools: Sequence[BaseTool], limit: int) -> list[BaseTool]:
    """List at most ``limit`` tools that share a word with ``query``, best first, equals in the catalogue's order."""
    documents = [Counter(_document(tool)) for tool in tools]
    mean_length = sum(document.total() for document in documents) / len(documents) if documents else 0.0
    scores = [0.0] * len(documents)
    for word in set(_words(query)):
        holders = sum(word in document for document in documents)
        rarity = math.log(1 + (len(documents) - holders + 0.5) / (holders + 0.5))
        for place, document in enumerate(documents):
            if count := document[word]:
                length = 1 - _LENGTH_WEIGHT + _LENGTH_WEIGHT * document.total() / mean_length
                scores[place] += rarity * count * (_SATURATION + 1) / (count + _SATURATION * length)
    ranked = sorted(range(len(scores)), key=lambda place: -scores[place])
    return [tools[place] for place in ranked[:limit] if scores[place] > 0]


def _document(tool: BaseTool) -> Iterator[str]:
    for _ in range(_NAME_WEIGHT):
        yield from _words(tool.name)
    yield from _words(tool.description)
    for name, schema in schema_of(tool).get("properties", {}).items():
        yield from _words(name)
        if isinstance(schema, dict):
            yield from _words(str(schema.get("description", "")))


def _words(text: str) -> Iterator[str]:
    """Split also ``snake_case`` and ``camelCase``; one and many are the same word."""
    for found in _WORD.findall(text):
        word = found.casefold()
        yield word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
