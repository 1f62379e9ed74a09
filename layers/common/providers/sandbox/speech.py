"""Speaks and reacts in character."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from common.providers.sandbox.phrases import draw, phrases, pick, shuffled
from common.providers.sandbox.reading import (
    MARKER,
    capital,
    content_words,
    greets,
    i_am,
    kind_of,
    question_of,
    words_of,
)
from common.turkish import TermMatcher, fold, suffix

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from common.providers.sandbox.phrases import Trade, Voice
    from common.providers.sandbox.reading import Kind, Scene

_LONGEST_MOOD = 60
_SILENCE = "…"
"""What is left to say when every word is forbidden."""
_QUOTED = re.compile(r"«([^»]+)»")
_CHANCE_TO_WANT = {
    "supheci sessiz": 15, "supheci konuskan": 80, "saldirgan": 70, "sakin az konusan": 10,
    "cekici manipulator": 60, "duru idealist": 50, "": 40,
}  # fmt: skip
"""Percent of the messages that concern nobody in particular."""


def speak(scene: Scene) -> str:
    """Return one to four sentences in character; after a warning, one or two that repeat nothing."""
    return _deflect(scene) if scene.block("uyari") else _Speaker(scene).sentences()


def react(scene: Scene) -> str:
    """Return `WANT` or `PASS` and, on a second line, what goes through the character's head."""
    heard = MARKER.sub("", scene.block("mesaj")).strip()
    wants = _wants(scene, heard)
    verdict = "WANT" if wants else "PASS"
    if scene.block("uyari"):
        return f"{verdict}\n{_allowed(phrases()['quiet_thoughts'], scene, heard) or _SILENCE}"
    word = _telling_word(heard, scene, "react")
    if not word:
        return f"PASS\n{pick(phrases()['quiet_thoughts'], *scene.who)}"
    voice = phrases()["archetypes"][scene.archetype]
    thought = pick(voice["want"] if wants else voice["hold"], *scene.who, heard)
    return f"{verdict}\n{_quoting(thought, word)}"


class _Speaker:
    """One reply in the making."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._name = scene.block("ad")
        self._kind: Kind = kind_of(scene.message)
        self._voice: Voice = phrases()["archetypes"][scene.archetype]
        self._trade: Trade = phrases()["roles"][scene.role]
        self._tier = phrases()["tiers"][scene.tier]
        self._known = bool(scene.earlier or scene.block("hafiza"))

    def sentences(self) -> str:
        """Put the reply together: opening, what colours it, the matter itself, a last word."""
        opening, matter = self._opening(), self._matter()
        room = 4 - len(opening) - len(matter) - len(self._hesitation())
        most = 1 if self._scene.tier == "caylak" or self._kind in {"farewell", "thanks"} else 2
        coloured = [line for line in (self._memory(), self._mood_aside(), self._state()) if line][: min(room, most)]
        last = self._last_word() if len(coloured) < min(room, 2 if self._scene.tier == "uzman" else 1) else []
        return " ".join([*self._hesitation(), *opening, *coloured, *matter, *last])

    def _pick(self, options: Sequence[str], slot: str) -> str:
        scene = self._scene
        chosen = self._of_fitting_length(options)
        return pick(chosen, slot, *scene.who, scene.message, str(len(scene.earlier)))

    def _of_fitting_length(self, options: Sequence[str]) -> Sequence[str]:
        if self._scene.tier != "caylak" or len(options) < 4:
            return options
        return sorted(options, key=len)[: (len(options) + 1) // 2 + 1]

    def _hesitation(self) -> list[str]:
        prefix = self._tier["prefix"]
        if not prefix or not draw("hesitate", *self._scene.who, self._scene.message, below=3):
            return []
        return [self._pick(prefix, "prefix")]

    def _opening(self) -> list[str]:
        if self._kind in {"question", "statement"}:
            return [self._greeting(), self._echo()] if self._greets_first() else [self._echo()]
        openings: dict[str, Callable[[], str]] = {
            "greeting": self._greeting,
            "farewell": lambda: self._pick(self._voice["farewell"], "farewell"),
            "thanks": lambda: self._pick(self._voice["thanks"], "thanks"),
            "identity": self._introduction,
            "wellbeing": lambda: self._mood() or self._pick(phrases()["wellbeing"], "wellbeing"),
            "silence": lambda: self._pick(phrases()["silent"], "silent"),
        }
        return [openings[self._kind]()]

    def _greeting(self) -> str:
        return self._pick(self._voice["greet_again" if self._known else "greet"], "greet")

    def _matter(self) -> list[str]:
        match self._kind:
            case "greeting" if not self._known:
                return [self._introduction()]
            case "farewell":
                return [self._by_name("parting")] if self._name else []
            case "silence":
                return []
            case "question":
                # The trade's own answer is always there: the lines that fit a question are everybody's.
                asked = phrases()["questions"][question_of(self._scene.message) or "what"]
                fits = (
                    self._scene.tier != "caylak"
                    and not self._known
                    and draw("fit", *self._scene.who, self._scene.message, below=2)
                )
                answer = self._pick(self._trade["answers"], "answer")
                return [self._pick(asked, "asked"), answer] if fits else [answer]
            case _:
                return [self._pick(self._trade["lines"], "line")]

    def _greets_first(self) -> bool:
        return greets(self._scene.message) and not self._scene.earlier

    def _echo(self) -> str:
        message = self._scene.message
        found = content_words(message, besides=(self._name,))[:3]
        if len(found) > 1 and self._scene.tier != "caylak" and not draw("two", *self._scene.who, message, below=5):
            first, second = sorted(found[:2], key=message.find)
            return _quoting(self._pick(phrases()["echo_two"], "two"), first, second)
        frames = self._voice["echo_question" if self._kind == "question" else "echo_statement"]
        word = _telling_word(message, self._scene, "echo")
        return _quoting(self._pick(frames, "echo"), word)

    def _introduction(self) -> str:
        title = self._scene.block("rol")
        kind = "both" if self._name and title else "name" if self._name else "role" if title else "none"
        line = self._pick(phrases()["introductions"][kind], "introduction")
        return line.format(ad=self._name, rol_im=i_am(self._scene.role, title) if title else "")

    def _memory(self) -> str:
        for said in reversed(self._scene.earlier[-3:]):
            if words := content_words(said, besides=(self._name, self._scene.message)):
                return _quoting(self._pick(phrases()["memory"], "memory"), words[0])
        summary = self._scene.block("hafiza")
        quoted = ". ".join(_QUOTED.findall(summary)) or summary
        words = content_words(quoted, besides=(self._name, self._scene.message))
        return _quoting(self._pick(phrases()["summary_memory"], "summary"), words[0]) if words else ""

    def _mood(self) -> str:
        mood = self._scene.block("ruh_hali")
        if not mood:
            return ""
        named = [fold(word) for word in words_of(mood)]
        stems = {fold(stem): key for key, kind in phrases()["moods"].items() for stem in kind["stems"]}
        fitting = [stem for stem in stems if any(word.startswith(stem) for word in named)]
        if fitting:
            return self._pick(phrases()["moods"][stems[max(fitting, key=len)]]["lines"], "mood")
        return self._pick(phrases()["unknown_mood"], "mood").format(ruh=mood[:_LONGEST_MOOD].rstrip(" .!…"))

    def _mood_aside(self) -> str:
        return "" if self._kind == "wellbeing" else self._mood()

    def _state(self) -> str:
        words = content_words(self._scene.block("oyun_durumu"), besides=(self._scene.message,))
        return _quoting(self._pick(phrases()["state"], "state"), words[0]) if words else ""

    def _last_word(self) -> list[str]:
        if self._kind in {"farewell", "silence"}:
            return []
        small_talk = self._kind not in {"question", "statement"}
        if self._scene.tier == "caylak" and small_talk:
            return []
        if self._tier["close"] and not small_talk:
            return [self._pick(self._tier["close"], "close")]
        if self._name and not draw("boast", *self._scene.who, self._scene.message, below=5):
            return [self._by_name("boast")]
        return [self._pick(self._voice["close"], "close")]

    def _by_name(self, slot: str) -> str:
        forms = {f"ad_{form}": suffix(self._name, form, proper=True) for form in ("e", "i", "in", "den")}
        return self._pick(phrases()["introductions"][slot], slot).format(ad=self._name, **forms)


def _quoting(frame: str, word: str, other: str = "") -> str:
    line = frame.format(w=word, W=capital(word), v=other)
    return f"«{capital(line[1:])}" if line.startswith("«") else line


def _deflect(scene: Scene) -> str:
    voice, trade = phrases()["archetypes"][scene.archetype], phrases()["roles"][scene.role]
    options = (voice["refuse"], phrases()["deflections"], trade["lines"])
    refusal, short_refusal, remark = (_allowed(lines, scene, scene.message) for lines in options)
    return " ".join(line for line in (refusal or short_refusal, remark) if line) or _SILENCE


def _allowed(options: Sequence[str], scene: Scene, heard: str) -> str:
    """Return an option that repeats no word of `heard` and holds no forbidden term, '' if there is none."""
    repeated = {fold(part) for word in words_of(heard) for part in (word, *re.split("['’]", word))}
    forbidden = TermMatcher(scene.taboo)
    for option in shuffled(options, *scene.who, heard):
        if not repeated & {fold(word) for word in words_of(option)} and not forbidden.find(option):
            return option
    return ""


def _telling_word(message: str, scene: Scene, slot: str) -> str:
    """Return the word of a message to take up; any word if none carries meaning."""
    found = content_words(message, besides=(scene.block("ad"),))[:3] or words_of(message)
    return pick(found, slot, *scene.who, message) if found else ""


def _wants(scene: Scene, heard: str) -> bool:
    meant = [scene.block("ad"), scene.block("rol"), *phrases()["danger"]]
    if question_of(heard) or TermMatcher(meant).find(f"{heard}\n{scene.block('baglam')}"):
        return True
    return draw("want", *scene.who, heard, below=100) < _CHANCE_TO_WANT[scene.archetype]
