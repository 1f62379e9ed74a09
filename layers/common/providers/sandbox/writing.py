"""Writes what is not speech: acting prompts, verdicts, summaries, worlds."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from common.defaults import find_role
from common.providers.sandbox.phrases import phrases, pick, shuffled, worlds
from common.providers.sandbox.reading import MARKER, i_am
from common.turkish import TermMatcher, fold, lower, sentences

if TYPE_CHECKING:
    from common.providers.sandbox.phrases import Theme
    from common.providers.sandbox.reading import Scene

_OUT_OF_CHARACTER = TermMatcher(["yapay zekâ", "dil modeli", "sohbet robotu", "chatgpt", "openai"])
_A_BOT = re.compile(r"\bbir bot(?:um|sun|tur)?\b")
_SUMMARY_LIMIT = 600
_OLD_SUMMARY_LIMIT = 260
_QUOTE_LIMIT = 60
_WORLD_FACTS = re.compile(r"^(Adı|Tanım|Hava|Özet|Ortam):\s*(.+)$", re.MULTILINE)


def acting_prompt(scene: Scene) -> str:
    """Return four to seven sentences in which the character says how it is to be played."""
    voice = phrases()["archetypes"][scene.archetype]
    lines = [_who_i_am(scene), _my_past(scene), pick(voice["acting"], *scene.who)]
    optional = {
        "konusma_tarzi": "Konuşmamın ölçüsü bellidir: {}.",
        "kisilik": "Beni tanıyanlar şöyle der: «{}».",
        "dunya": "Yaşadığım dünya için şöyle derler: «{}».",
    }
    for tag, frame in optional.items():
        if said := first_sentence(_own_words(scene.block(tag)), limit=200):
            lines.append(frame.format(lower(said[:1]) + said[1:] if tag == "konusma_tarzi" else said))
    lines.append("Ne sorulursa sorulsun kendi dünyamın içinden, Türkçe konuşur, bu rolden asla çıkmam.")
    written = " ".join(line for line in lines if line)
    return MARKER.sub("", written) if scene.block("uyari") else written


def validation(scene: Scene) -> str:
    """Judge an acting prompt: a very short one and one with the test marker fail."""
    acting = scene.block("oyunculuk")
    if "[sandbox:fail]" in acting:
        return "FAIL: Yönerge kendisiyle çelişiyor."
    return "PASS" if len(acting) >= 20 else "FAIL: Yönerge, karakteri oynamaya yetmeyecek kadar kısa."


def moderation(scene: Scene) -> str:
    """Judge a reply: forbidden terms, stepping out of character and the test marker are violations."""
    reply = scene.block("replik")
    if "[sandbox:violation]" in reply:
        return "VIOLATION: Replik, deneme işaretini taşıyor."
    if _OUT_OF_CHARACTER.find(reply) or _A_BOT.search(fold(reply)):
        return "VIOLATION: Karakterden çıkıldı."
    if TermMatcher(scene.taboo).find(reply):
        return "VIOLATION: Yasaklı bir kelime kullanıldı."
    return "PASS"


def summary(scene: Scene) -> str:
    """Return the old summary and the new exchanges as one text of at most 600 characters."""
    old = _last_sentences(scene.block("ozet"), limit=_OLD_SUMMARY_LIMIT)
    turns = [line.partition(":") for line in scene.block("konusmalar").splitlines()]
    asked = [said.strip() for who, _, said in turns if who.strip() == "Oyuncu" and said.strip()]
    answered = [said.strip() for who, _, said in turns if who.strip() == "Karakter" and said.strip()]
    told = [f"«{_quote(said)}» {'diye sordu' if said.endswith('?') else 'dedi'}" for said in dict.fromkeys(asked[-3:])]
    who = "Sonra oyuncu" if old else "Oyuncu"
    lines = [f"{who} {', '.join(told)}."] if told else []
    if answered:
        lines.append(
            f"{scene.block('ad')[:_QUOTE_LIMIT] or 'Karakter'} en son «{_quote(answered[-1])}» diye yanıt verdi."
        )
    return " ".join([old, *lines]).strip()[:_SUMMARY_LIMIT] or "Henüz konuşulan bir şey yok."


def world(scene: Scene) -> str:
    """Return a world made from the studio's wish, as one JSON object."""
    wish = MARKER.sub("", scene.block("istem")).strip()
    theme = _theme(wish)
    name = pick(theme["names"], "name", wish)
    sentences = [pick(theme["definitions"], "definition", wish).format(ad=name), pick(theme["details"], "detail", wish)]
    if wish:
        sentences.append(pick(worlds()["wishes"], wish).format(istem=_quote(wish)) + ".")
    invented = {
        "name": name,
        "description": " ".join(sentences),
        "tone": pick(theme["tones"], "tone", wish),
        "setting": {
            "locations": shuffled(theme["locations"], wish)[:4],
            "season": pick(theme["seasons"], "season", wish),
            "atmosphere": pick(theme["atmospheres"], "atmosphere", wish),
        },
        "rules": {"speech": theme["speech"]},
        "taboo_words": theme["taboo_words"],
    }
    return json.dumps(invented, ensure_ascii=False)


def world_brief(scene: Scene) -> str:
    """Return two or three sentences that lead into a world."""
    described = scene.block("dunya")
    facts = dict(_WORLD_FACTS.findall(described))
    name, briefs = facts.get("Adı", "").strip(), worlds()["briefs"]
    opening = pick(briefs["opening" if name else "opening_nameless"], described)
    middle = first_sentence(facts.get("Tanım") or ("" if facts else described), limit=220)
    lines = [opening.format(ad=name), f"{middle}." if middle else "", pick(briefs["closing"], described)]
    return " ".join(line for line in lines if line)


def first_sentence(text: str, *, limit: int) -> str:
    """Return the first sentence of a text without its full stop, cut at a word to `limit` characters."""
    sentence = next(iter(sentences(text)), "").rstrip(".!?…:;, ")
    return sentence if len(sentence) <= limit else sentence[: limit - 1].rsplit(" ", 1)[0] + "…"


def _who_i_am(scene: Scene) -> str:
    name, title = scene.block("ad"), scene.block("rol")
    if not title:
        return f"Ben {name}." if name else "Ben bu dünyanın bir parçasıyım."
    role = i_am(scene.role, title)
    tier = phrases()["tiers"][scene.tier]["acting"] if scene.block("seviye") else ""
    described = f"{tier} {role}" if tier else role
    return f"Ben {name}; {described}." if name else f"Ben {described}."


def _my_past(scene: Scene) -> str:
    known = phrases()["roles"][scene.role]["act"]
    lore = first_sentence(_own_words(scene.block("gecmis")), limit=240)
    return f"Geçmişim şöyle anlatılır: «{lore}»." if lore and not _is_default_lore(scene, lore) else known


def _is_default_lore(scene: Scene, lore: str) -> bool:
    role = find_role(scene.block("rol"))
    return role is not None and first_sentence(role.lore, limit=240) == lore


def _own_words(text: str) -> str:
    # Blocks of a world come as "Adı: …" lines; only its description reads well in a sentence.
    return dict(_WORLD_FACTS.findall(text)).get("Tanım", text)


def _quote(text: str) -> str:
    plain = MARKER.sub("", text).translate(str.maketrans("«»", "‹›")).strip().rstrip(".")
    return plain if len(plain) <= _QUOTE_LIMIT else plain[: _QUOTE_LIMIT - 1].rsplit(" ", 1)[0] + "…"


def _last_sentences(text: str, *, limit: int) -> str:
    kept: list[str] = []
    for sentence in reversed(sentences(text)):
        if sum(len(one) + 1 for one in kept) + len(sentence) > limit:
            break
        kept.insert(0, sentence)
    return " ".join(kept)


def _theme(wish: str) -> Theme:
    themes = worlds()["themes"]
    hits = [len(TermMatcher(theme["cues"]).find(wish)) for theme in themes]
    return themes[hits.index(max(hits))] if max(hits) else themes[-1]
