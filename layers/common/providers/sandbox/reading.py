"""Reads a prompt as a model would: who speaks, to whom, about what."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from common.prompts import read_block
from common.providers.sandbox.phrases import phrases
from common.turkish import fold, lower, suffix, upper

if TYPE_CHECKING:
    from collections.abc import Iterable

    from common.providers import ChatRequest

Kind = Literal["greeting", "farewell", "thanks", "identity", "wellbeing", "question", "statement", "silence"]

MARKER = re.compile(r"\[sandbox:[a-z]+\]")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_INSIDE_A_SENTENCE = re.compile(rf"(?<=[\w,;] ){_WORD.pattern}")
_LONGEST_WORD = 40

_GREETINGS = ("merhaba", "selam", "gunaydin", "tunaydin", "iyi aksamlar", "iyi gunler", "hey ")
_FAREWELLS = ("hosca kal", "hoscakal", "gorusuruz", "elveda", "gule gule", "iyi geceler", "kendine iyi bak")
_THANKS = ("tesekkur", "sag ol", "sagol", "eyvallah", "minnettar")
_IDENTITY = ("kimsin", "sen kim", "adin ne", "ismin ne", "kendini tanit", "ne is yap")
_WELLBEING = ("nasilsin", "naber", "ne haber", "iyi misin")
_QUESTION_WORDS = {
    "when": ("ne zaman",), "where": ("nere",), "why": ("neden", "niye", "nicin"), "how": ("nasil",),
    "many": ("kac ", "ne kadar"), "who": ("kim ", "kimi ", "kime ", "kimin "), "what": ("hangi", "ne "),
}  # fmt: skip
_VERB_ENDING = re.compile(
    r"(?:[iu]yor(?:um|sun|uz|sunuz|lar|du|dum|dun|duk|mus)?|[dt][iu][mk]?|[dt][iu]l[ae]r|m[iu]s(?:im|sin|iz|lar|ler|t[iu])?"
    r"|[ae]c[ae][kg]\w*|[ae]bil\w+|m[ae]z|mel[iu]y?\w*|s[iu]n|[ae]y[iu]m|[ae]r[iu]m|[iu]r[iu]m)$"
)
_ADJECTIVE_ENDING = re.compile(r"[dt][ae]ki$")
"""`kolumdaki`, `evdeki`: says which one, not what."""
_BEFORE_PARTICLE = re.compile(r"(\w+)\s+m[ıiuü](?:yım|yim|yum|yüm|sın|sin|sun|sün)?\b")
_PARTICLE = re.compile(r" m[iu](?:yim|sin|yiz|siniz|ydi|ydin)? ")

_EMPTY_WORDS = frozenset(
    fold(
        "merhaba selam selamlar bugün yarın dün günaydın akşamlar günler geceler teşekkür teşekkürler ederim sağ "
        "ol hey bir bu şu o ve veya ya da de ki mi mı mu mü ne neden niye niçin nasıl nerede nereye nereden kim "
        "kimi kime kimin kaç hangi hani zaman ben sen biz siz onlar bana sana ona bize size beni seni onu bizi "
        "sizi bende sende onda benden senden ondan benim senin onun bizim sizin için ile ama fakat ancak çünkü "
        "eğer gibi kadar daha çok az en hiç her şey var yok evet hayır peki tamam misin mısın musun müsün miyim "
        "mıyım şimdi sonra önce artık hâlâ belki bence lütfen olarak olan oldu olur olsun değil ise diye göre "
        "kendi kendim kendin bunu şunu bunun şunun buna şuna burada orada şurada buraya oraya oyuncu karakter dedi "
        "sordu söyledi yanıt verdi en son ardından"
    ).split()
)


@dataclass(frozen=True, slots=True)
class Scene:
    """A request seen as a scene of a play."""

    prompt: str
    message: str
    """The player's words, without test markers."""
    earlier: tuple[str, ...]
    """What the player said before, oldest first."""

    @classmethod
    def of(cls, request: ChatRequest) -> Scene:
        """Read the system messages and the turns after them."""
        prompt = "\n".join(message.content for message in request.messages if message.role == "system")
        said = [MARKER.sub("", message.content).strip() for message in request.messages if message.role == "user"]
        return cls(prompt, said[-1] if said else "", tuple(said[:-1]))

    def block(self, tag: str) -> str:
        """Return the text of a block of the prompt, '' when it is absent or empty."""
        return (read_block(self.prompt, tag) or "").strip()

    @property
    def who(self) -> tuple[str, str, str]:
        """What makes one character's choices differ from another's."""
        return self.block("ad"), self.block("rol"), self.block("arketip")

    @property
    def archetype(self) -> str:
        """Key of the archetype among the phrases."""
        key = fold(self.block("arketip"))
        return key if key in phrases()["archetypes"] else ""

    @property
    def role(self) -> str:
        """Key of the role among the phrases; a `Köy Demircisi` talks like a `Demirci`."""
        title = f" {fold(self.block('rol'))}"
        return max((key for key in phrases()["roles"] if key and f" {key}" in title), key=len, default="")

    @property
    def tier(self) -> str:
        """`caylak`, `orta` or `uzman`."""
        key = fold(self.block("seviye").partition(":")[0])
        return key if key in phrases()["tiers"] else "orta"

    @property
    def taboo(self) -> list[str]:
        """The terms nobody in this world may say."""
        return [term.strip() for term in self.block("yasakli_kelimeler").splitlines() if term.strip()]


def words_of(text: str) -> list[str]:
    """Return the words of a text as they are written, apostrophes kept."""
    return _WORD.findall(unicodedata.normalize("NFC", text))


def content_words(text: str, *, besides: Iterable[str] = ()) -> list[str]:
    """Return the words that carry a text's meaning, without those in `besides`: names first, verbs last, else longest.

    Names are told by their capitals, verbs by their endings, a question particle after them or the last place
    in the sentence: a guess.
    """
    skipped = {fold(word) for other in besides for word in words_of(other)}
    kept = {
        word: None
        for word in words_of(text)
        if 2 < len(word) <= _LONGEST_WORD and fold(word) not in _EMPTY_WORDS | skipped
    }
    verbs = {found[1] for found in _BEFORE_PARTICLE.finditer(lower(text))}
    if len(said := words_of(text)) > 2:
        verbs.add(lower(said[-1]))
    inside = {found[0] for found in _INSIDE_A_SENTENCE.finditer(text)}

    def rank(word: str) -> tuple[int, int]:
        if word[0].isupper() and word in inside:
            return 0, -len(word)
        is_verb = _VERB_ENDING.search(fold(word)) or lower(word) in verbs
        return 2 if is_verb or _ADJECTIVE_ENDING.search(fold(word)) else 1, -len(word)

    best = sorted(kept, key=rank)
    return [word for word in best if rank(word)[0] < 2] or best


def folded_line(text: str) -> str:
    """Return the words of a text, folded and with a space on either side of each."""
    return f" {' '.join(fold(word) for word in words_of(text))} "


def kind_of(message: str) -> Kind:
    """Return what sort of thing the player said."""
    line = folded_line(message)
    size = len(line.split())
    if not size:
        return "silence"
    if _has(line, _IDENTITY):
        return "identity"
    if _has(line, _WELLBEING):
        return "wellbeing"
    short: tuple[tuple[Kind, tuple[str, ...], int], ...] = (("thanks", _THANKS, 5), ("farewell", _FAREWELLS, 6))
    for kind, openings, longest in short:
        if size <= longest and _has(line, openings):
            return kind
    if greets(message) and not content_words(message):
        return "greeting"
    return "question" if question_of(message) else "statement"


def greets(message: str) -> bool:
    """Whether the player opens with a greeting."""
    return folded_line(message)[1:].startswith(_GREETINGS)


def question_of(message: str) -> str | None:
    """Return what is asked for (`when`, `where`, `why`, `how`, `many`, `who`, `yes_no`, `what`), None if nothing."""
    line = folded_line(message)
    asked = next((kind for kind, openings in _QUESTION_WORDS.items() if _has(line, openings)), None)
    if asked != "what" and asked:
        return asked
    if _PARTICLE.search(line):
        return "yes_no"
    return "what" if asked or "?" in message else None


def capital(word: str) -> str:
    """Return `word` with a capital first letter."""
    return upper(word[:1]) + word[1:]


def i_am(role: str, title: str) -> str:
    """Return a role in the first person: `bir demirciyim`, `sürgün bir rahibim`."""
    known = phrases()["roles"].get(role)
    if known and "self" in known and fold(title) == role:
        return known["self"]
    return suffix(title, "im", proper=False) if " " in title else f"bir {suffix(lower(title), 'im', proper=False)}"


def _has(line: str, openings: tuple[str, ...]) -> bool:
    return any(f" {opening}" in line for opening in openings)
