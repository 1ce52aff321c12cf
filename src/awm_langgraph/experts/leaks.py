"""Which literals of an advice only the verifier could have supplied."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from awm_langgraph.episode import Advice
from awm_langgraph.experts.quoting import strings_in, texts_in

_MOST_LEAKS = 50
_LONGEST_LITERAL_CHARACTERS = 200
_COMMONPLACE_WORDS = frozenset({"", "true", "false", "null", "none", "yes", "no", "ok", "all", "any", "asc", "desc"})
_ROUND_NUMBERS = frozenset({"100", "1000"})
_NAME = re.compile(r"[a-z_]+")
_WORD = re.compile(r"\w+(?:[-./:@+,]\w+)*")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_QUOTED = re.compile(r"'([^'\n]+)'|\"([^\"\n]+)\"|`([^`\n]+)`|“([^”\n]+)”|‘([^’\n]+)’")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\[nrt]")
_SEPARATORS = re.compile(r"[-,:/@+]")


def leaked_literals(
    advice: Advice, *, verifier_code: str = "", criteria: Sequence[str] = (), visible_text: str
) -> tuple[str, ...]:
    """List the literals of an advice that the verifier knows and ``visible_text`` does not; at most 50, in order.

    Literals are argument values, numbers, words with digits (dates, codes, addresses), texts in quotation marks, and
    the verifier's own text constants wherever the advice repeats them. Commonplace ones count for nothing: ``true`` and
    its like, 0 and 1, and whole numbers below 100, unless the verifier gives such a number for the same argument. What
    an expert worked out by itself (a sum, a count) counts where the verifier knows it too: the list is a reason to
    look, not a proof.

    Args:
        advice: what the agent would be told.
        verifier_code: the code that checks the task, "" where there is none.
        criteria: the success criteria in words, as far as the expert knew them.
        visible_text: all that the agent could see: instruction, transcript, tools.
    """
    known = _Known(verifier_code, tuple(criteria))
    seen = _Seen(visible_text)
    literals = (literal for literal in _literals_of(advice, known) if known.has(literal) and not seen.has(literal))
    return tuple(dict.fromkeys(literal.text for literal in literals))[:_MOST_LEAKS]


@dataclass(frozen=True)
class _Literal:
    """A literal as the advice writes it, the form in which literals are compared, the argument it is given for."""

    text: str
    form: str
    argument: str = ""

    @property
    def is_number(self) -> bool:
        return bool(_NUMBER.fullmatch(self.form))


class _Known:
    """What the verifier knows."""

    def __init__(self, code: str, criteria: tuple[str, ...]) -> None:
        prose = _form("\n".join(criteria))
        self.constants = {
            _form(text)
            for constant in strings_in(code)
            for text in (constant, *_quoted(constant))
            if len(text) <= _LONGEST_LITERAL_CHARACTERS
        } | {_form(text) for criterion in criteria for text in _quoted(criterion)}
        self._numbers = {word.form for word in _words(f"{code}\n{prose}")}
        self._code = _form(code)
        self._prose = prose

    @cached_property
    def telling_constants(self) -> frozenset[str]:
        """Leave out plain words and the names of tables and columns: prose is full of them."""
        return frozenset(text for text in self.constants if len(text) > 2 and not _NAME.fullmatch(text))

    def has(self, literal: _Literal) -> bool:
        if literal.is_number:
            is_telling = not _is_commonplace_number(literal.form)
            return literal.form in self._numbers and (is_telling or self._gives(literal.argument, literal.form))
        is_name = bool(_NAME.fullmatch(literal.form))
        return (
            literal.form in self.constants
            or _holds(self._prose, literal.form)
            or (not is_name and _holds(self._code, literal.form))
        )

    def _gives(self, argument: str, number: str) -> bool:
        """Tell whether a number that proves nothing by itself stands beside the name that the advice gives it for."""
        if number in ("0", "1") or not argument:
            return False
        names = "|".join({re.escape(argument), re.escape(argument.rpartition("_")[2])})
        return bool(
            re.search(rf"\b(?:{names})\b[^\w\n]{{0,8}}(?<!\d){number}(?![\w.])", f"{self._code}\n{self._prose}")
        )


class _Seen:
    """What the agent could see."""

    def __init__(self, text: str) -> None:
        self._text = _form(text)
        # An agent that has seen "2024-05-01" or [1,200] has seen each of the numbers in it.
        apart = f"{self._text}\n{_SEPARATORS.sub(' ', self._text)}"
        self._numbers = {word.form for word in _words(apart)}

    def has(self, literal: _Literal) -> bool:
        return literal.form in (self._numbers if literal.is_number else self._text)


def _literals_of(advice: Advice, known: _Known) -> Iterator[_Literal]:
    for step in advice.plan:
        yield from _literals_of_argument(step.arguments, "")
    prose = [
        *advice.must_hold,
        advice.final_answer,
        *advice.pitfalls,
        advice.notes,
        *(step.why for step in advice.plan),
    ]
    for text in prose:
        yield from _literals_of_prose(text)
    everything = _form("\n".join(texts_in(advice.model_dump())))
    yield from (_Literal(text, text) for text in sorted(known.telling_constants) if _holds(everything, text))


def _literals_of_argument(value: Any, name: str) -> Iterator[_Literal]:
    match value:
        case bool() | None:
            return
        case int() | float():
            yield _Literal(str(value), _number_form(str(abs(value))), name)
        case str():
            if _form(value) not in _COMMONPLACE_WORDS and len(value) <= _LONGEST_LITERAL_CHARACTERS:
                yield _Literal(value, _form(value) if not _NUMBER.fullmatch(value) else _number_form(value), name)
            yield from _literals_of_prose(value)
        case dict():
            for key, part in value.items():
                yield from _literals_of_argument(part, key)
        case list() | tuple():
            for part in value:
                yield from _literals_of_argument(part, name)


def _literals_of_prose(text: str) -> Iterator[_Literal]:
    for quoted in _quoted(text):
        if _form(quoted) not in _COMMONPLACE_WORDS:
            yield _Literal(quoted, _form(quoted))
    for word in _words(text):
        if not _is_commonplace_number(word.form):
            yield word


def _words(text: str) -> Iterator[_Literal]:
    """Find the words with a digit in them; a number is one word, whatever its notation."""
    for found in _WORD.finditer(text):
        parts = [found[0]] if _THOUSANDS.fullmatch(found[0]) else found[0].split(",")
        for part in parts:
            if any(letter.isdigit() for letter in part):
                yield _Literal(part, _number_form(part))


def _is_commonplace_number(form: str) -> bool:
    """Tell whether a number, or a figure in a text, may stand in any code and any advice by chance."""
    return form.isdigit() and (len(form) < 3 or form in _ROUND_NUMBERS)


def _number_form(text: str) -> str:
    """Write a number without separators and idle zeros; anything else as texts are compared."""
    plain = text.replace(",", "") if _THOUSANDS.fullmatch(text) else text
    if not _NUMBER.fullmatch(plain):
        return _form(text)
    whole, _, decimals = plain.partition(".")
    decimals = decimals.rstrip("0")
    return f"{whole.lstrip('0') or '0'}.{decimals}" if decimals else whole.lstrip("0") or "0"


def _quoted(text: str) -> list[str]:
    return [next(filter(None, found.groups())).strip() for found in _QUOTED.finditer(text)]


def _form(text: str) -> str:
    """Bring a text, also one inside JSON, into the form in which texts are compared."""
    plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else " ", text).replace('\\"', '"')
    return " ".join(plain.casefold().split())


def _holds(text: str, literal: str) -> bool:
    return bool(literal) and bool(re.search(rf"(?<!\w){re.escape(literal)}(?!\w)", text))
