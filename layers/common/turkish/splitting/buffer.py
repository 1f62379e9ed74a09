"""The buffer that cuts a text into sentences, fed at once or token by token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.turkish.patterns import pattern
from common.turkish.splitting.signs import LINE_BREAKS, MARKS

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

# An endless run of marks is taken in pieces.
_CANDIDATE = pattern(f"(?P<marks>[{MARKS}]{{1,64}})|[{LINE_BREAKS}]")
_SPACE = pattern(r"\s")
_SIGN = pattern(r"\S")

# Longer than any sentence somebody wants to hear in one breath: cut at the next space, or without one at the double.
_LONG = 2_000
# How far behind a mark the text can matter; what is open there still ends as if a paragraph did.
_HORIZON = 160
_PARAGRAPH_END = "\n\n"


def sentences(text: str) -> list[str]:
    """Return the sentences of `text` in order, each without white space at its ends, none empty.

    Together they hold every sign of the text that is not white space. White space inside a sentence stays as it is.
    A stretch of 2,000 characters without an end is cut at the next space.
    """
    buffer = SentenceBuffer()
    return buffer.feed(text) + buffer.flush()


class SentenceBuffer:
    """Gives the sentences of a text that arrives in tokens, each as soon as nothing that may follow can change it.

    However a text is cut into tokens, all that `feed` returns and then `flush` is `sentences` of the whole. It holds
    no more than one unfinished sentence (4,000 characters) and takes time in proportion to what it is fed.
    """

    def __init__(self) -> None:
        self._clear()

    def feed(self, token: str) -> list[str]:
        """Take the next piece of the text; return the sentences that are now certain."""
        self._text += token
        found = list(self._certain())
        self._forget()
        return found

    def flush(self) -> list[str]:
        """End the text: return what is left, and be ready for another."""
        found = self.feed(_PARAGRAPH_END)
        if rest := self._text.strip():
            found.append(rest)
        self._clear()
        return found

    def _clear(self) -> None:
        # A text starts on a line of its own.
        self._text = "\n"
        self._begin = 0
        self._at = 0

    def _certain(self) -> Iterator[str]:
        while (end := self._next_end()) is not None:
            yield self._text[self._begin : end].strip()
            self._begin = self._at = end

    def _forget(self) -> None:
        """Drop what has been given out, and of white space before a sentence all but whether it begins a line."""
        rest = self._text[self._begin :]
        if not rest.strip():
            rest = "\n" if any(sign in LINE_BREAKS for sign in rest) else rest[:1]
            self._at = self._begin
        self._at -= self._begin
        self._text, self._begin = rest, 0

    def _next_end(self) -> int | None:
        """Return where the sentence at hand ends, or None while that is open."""
        text = self._text
        start = self._sentence_start()
        self._at = max(self._at, start)
        while True:
            candidate = _CANDIDATE.search(text, self._at)
            edge = candidate.start() if candidate else len(text)
            if (cut := self._overlong(start, edge)) is not None:
                return cut
            self._at = edge
            if candidate is None:
                return None
            ends, end = self._judge(candidate)
            if ends is None:
                return None
            if ends:
                return end
            self._at = candidate.end()

    def _sentence_start(self) -> int:
        found = _SIGN.search(self._text, self._begin)
        return found.start() if found else len(self._text)

    def _overlong(self, start: int, edge: int) -> int | None:
        """Return where a sentence that has run on to `edge` without an end must be cut, if it must."""
        limit = start + _LONG
        if edge < limit:
            return None
        space = _SPACE.search(self._text, max(limit, self._at), edge + 1)
        if space is not None:
            return space.start()
        return start + 2 * _LONG if edge >= start + 2 * _LONG else None

    def _judge(self, candidate: re.Match[str]) -> tuple[bool | None, int]:
        """Return whether the sentence ends at the candidate, and where its last sign would be followed."""
        # The rules' patterns take longer to compile than the engine may take to import.
        from common.turkish.splitting import ends  # noqa: PLC0415

        text, place = self._text, candidate.end()
        before = text[self._begin : candidate.start()]
        if not candidate["marks"]:
            return ends.line_break_ends(before, self._ahead(candidate.start())), candidate.start()
        ahead = self._ahead(place)
        if not ahead:
            return None, place
        is_end, signs = ends.marks_end(before, candidate["marks"], ahead)
        return is_end, place + signs

    def _ahead(self, place: int) -> str:
        ahead = self._text[place : place + _HORIZON]
        return ahead + _PARAGRAPH_END if len(ahead) == _HORIZON else ahead
