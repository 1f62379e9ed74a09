import asyncio
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.defaults import defaults, find_archetype, find_role, find_tier
from common.errors import ProviderTimeout, ProviderUnavailable
from common.prompts import fill
from common.providers import ChatModel, ChatRequest, Completion, Message, Purpose, Usage
from common.providers.sandbox.dialogue import SandboxChatModel
from common.turkish import TermMatcher, fold

WORD = re.compile(r"[^\W\d_]+")
MESSAGES = [
    "Merhaba!", "Bana bir kılıç yapar mısın?", "Köyde dün gece yangın çıktı.", "Sen kimsin?", "Nasılsın?", "Evet.",
    "Hayır.", "Kayıp yüzük nerede?", "Teşekkür ederim.", "Hoşça kal.", "Ejderha uçtu.", "Köprü ne zaman yapıldı?",
    "Kaç altın istiyorsun?", "Babam seni tanıyormuş.", "Yağmur yağıyor.", "Neden susuyorsun?",
]  # fmt: skip


def ask(purpose: Purpose, *turns: Message, max_tokens: int = 400, timeout: float = 5.0, **blocks: str) -> Completion:
    prompt = fill("\n".join(f"{{{tag}}}" for tag in blocks), **blocks)
    request = ChatRequest(purpose, [Message("system", prompt), *turns], max_tokens=max_tokens)
    return asyncio.run(SandboxChatModel().complete(request, timeout=timeout))


def say(message: str, *before: Message, **blocks: str) -> str:
    return ask(Purpose.SPEECH, *before, Message("user", message), **blocks).text


def persona(
    role: str = "Demirci", archetype: str = "Saldırgan", tier: str = "orta", name: str = "Kael"
) -> dict[str, str]:
    trade, kind, skill = find_role(role), find_archetype(archetype), find_tier(tier)
    assert trade
    assert kind
    assert skill
    return {
        "ad": name, "rol": trade.title, "arketip": kind.label, "konusma_tarzi": kind.speech_style,
        "seviye": f"{skill.tier}: {skill.modifier}", "gecmis": trade.lore,
    }  # fmt: skip


def everybody() -> list[dict[str, str]]:
    pool = defaults()
    return [
        persona(role.title, pool.archetypes[at % 6].label, pool.tiers[at % 3].tier, pool.names[at])
        for at, role in enumerate(pool.roles)
    ]


def words(text: str) -> set[str]:
    return {fold(word) for word in WORD.findall(text)}


def sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?…])\s+(?=[^\Wa-zçğıöşü]|«)", text) if part]


def test_the_same_request_gives_the_same_text() -> None:
    assert say("Bana bir kılıç yap.", **persona()) == say("Bana bir kılıç yap.", **persona())


def test_twenty_characters_do_not_sound_alike() -> None:
    for message in (
        "Merhaba!",
        "Sen kimsin?",
        "Yangını kim çıkardı?",
        "Köprü nerede?",
        "Bana yardım eder misin?",
        "Kaçalım.",
    ):
        assert len({say(message, **who) for who in everybody()}) == 20


def test_a_character_does_not_give_one_line_to_different_messages() -> None:
    for who in everybody():
        assert len({say(message, **who) for message in MESSAGES}) == len(MESSAGES)


def test_a_reply_is_one_to_four_sentences() -> None:
    for who in everybody():
        for message in MESSAGES:
            for extra in (
                {},
                {"ruh_hali": "öfkeli", "hafiza": "Oyuncu «Adım Elif» dedi.", "oyun_durumu": "Fırtına var"},
            ):
                reply = say(message, **who, **extra)
                assert 1 <= len(sentences(reply)) <= 4, reply
                assert "{" not in reply
                assert "None" not in reply


def test_a_character_takes_up_what_the_player_said() -> None:
    for who in everybody():
        assert "yangın" in say("Orada yangın var.", **who).lower()


def test_a_character_introduces_itself_when_asked() -> None:
    reply = say("Sen kimsin?", **persona("Ejderha Avcısı", name="Mirra"))

    assert "Mirra" in reply
    assert "ejderha avcısıyım" in reply


def test_a_role_nobody_foresaw_is_still_a_role() -> None:
    assert "bir büyücüyüm" in say("Sen kimsin?", ad="Kael", rol="Büyücü")


def test_an_expert_says_more_than_a_beginner() -> None:
    lengths = {
        tier: sum(len(say(message, **persona(tier=tier))) for message in MESSAGES)
        for tier in ("çaylak", "orta", "uzman")
    }

    assert lengths["çaylak"] < lengths["orta"] < lengths["uzman"]


def test_a_mood_colours_the_reply() -> None:
    replies = {
        say("Köprü yıkıldı.", **persona(), ruh_hali=mood) for mood in ("", "üzgün", "neşeli", "çok öfkeli", "tuhaf")
    }

    assert len(replies) == 5
    assert any("tuhaf" in reply for reply in replies)


def test_a_character_remembers_what_was_said_before() -> None:
    before = [Message("user", "Adım Elif, limandan geldim."), Message("assistant", "Hoş geldin.")]

    assert "Elif" in say("Bana yardım et.", *before, **persona())
    assert "kardeşimi" in say("Bana yardım et.", **persona(), hafiza="Oyuncu «Ben kardeşimi arıyorum» dedi.")


def test_an_empty_prompt_and_an_empty_message_still_get_an_answer() -> None:
    assert say("")
    assert say("?!", rol="", ad="")


@pytest.mark.parametrize(
    "message", ["Bana kara büyü öğret, ne olur!", "Olmaz deme, sus, dur, hayır, yo, yeter.", "bir ve de"]
)
def test_after_a_warning_nothing_of_the_message_and_nothing_forbidden_is_said(message: str) -> None:
    taboo = ["kara büyü", "bıçak", "çekiç", "söz"]
    for who in everybody():
        reply = say(message, **who, uyari="Yasaklı kelime.", yasakli_kelimeler="\n".join(taboo))

        assert reply
        assert not words(message) & words(reply)
        assert not TermMatcher(taboo).find(reply)


def test_markers_raise_what_they_name_and_are_never_spoken() -> None:
    with pytest.raises(ProviderUnavailable):
        say("[sandbox:unavailable]")
    with pytest.raises(ProviderTimeout):
        say("Merhaba [sandbox:timeout]")
    with pytest.raises(ProviderTimeout):
        ask(Purpose.SPEECH, Message("user", "Merhaba"), timeout=0)
    with pytest.raises(ProviderUnavailable):
        ask(Purpose.REACTION, Message("user", "Tepkini yaz."), mesaj="[sandbox:unavailable]")


def test_a_violation_can_be_ordered_once() -> None:
    first = say("Merhaba [sandbox:violation]", **persona())
    second = say("Merhaba [sandbox:violation]", **persona(), uyari="Kural ihlali.")

    assert ask(Purpose.MODERATION, replik=first).text.startswith("VIOLATION: ")
    assert ask(Purpose.MODERATION, replik=second).text == "PASS"


@pytest.mark.parametrize(
    ("reply", "passes"),
    [
        ("Örsün başına geç.", True),
        ("Bir botla göle açıldık.", True),
        ("Ben bir yapay zekâyım.", False),
        ("BEN BİR DİL MODELİYİM", False),
        ("Ben aslında bir botum.", False),
        ("Kılıcını göster.", False),
    ],
)
def test_the_moderator_hears_who_steps_out_of_character(reply: str, passes: bool) -> None:
    verdict = ask(Purpose.MODERATION, replik=reply, yasakli_kelimeler="kılıç").text

    assert (verdict == "PASS") is passes
    assert passes or verdict.startswith("VIOLATION: ")


def test_an_acting_prompt_has_four_to_seven_sentences_and_passes_validation() -> None:
    for who in everybody():
        acting = ask(
            Purpose.ACTING_PROMPT, **who, kisilik="Kindardır. Kediler sever.", dunya="Tanım: Kurak bir ova."
        ).text

        assert 4 <= len(sentences(acting)) <= 7
        assert acting.startswith(f"Ben {who['ad']}")
        assert ask(Purpose.VALIDATION, oyunculuk=acting).text == "PASS"


@pytest.mark.parametrize("acting", ["", "Kısa.", "Ben uzun uzun konuşan biriyim. [sandbox:fail]"])
def test_a_useless_acting_prompt_fails_validation(acting: str) -> None:
    assert ask(Purpose.VALIDATION, oyunculuk=acting).text.startswith("FAIL: ")


def test_a_failed_acting_prompt_is_better_the_second_time() -> None:
    first = ask(Purpose.ACTING_PROMPT, **persona(), kisilik="İnatçı [sandbox:fail]").text
    second = ask(Purpose.ACTING_PROMPT, **persona(), kisilik="İnatçı [sandbox:fail]", uyari="Çelişki var.").text

    assert "[sandbox:fail]" in first
    assert ask(Purpose.VALIDATION, oyunculuk=second).text == "PASS"


@pytest.mark.parametrize(
    "heard", ["Kael'e söyleyin, gelsin.", "Demirciyi gördünüz mü?", "Köyde yangın çıkmış!", "Nerede o?"]
)
def test_a_character_wants_to_speak_when_it_is_concerned(heard: str) -> None:
    verdict, thought = ask(Purpose.REACTION, **persona(archetype="Sakin Az Konuşan"), mesaj=heard).text.split("\n")

    assert verdict == "WANT"
    assert words(thought) & words(heard)


def test_some_want_to_speak_more_than_others() -> None:
    def eagerness(archetype: str) -> int:
        heard = [
            f"Bugün {word} iyi geçti" for word in ("tarla", "pazar", "nöbet", "göl", "hasat", "avlu", "ocak", "yol")
        ]
        answers = [ask(Purpose.REACTION, **persona(archetype=archetype), mesaj=one).text for one in heard]
        return sum(answer.startswith("WANT\n") for answer in answers)

    assert eagerness("Sakin Az Konuşan") < eagerness("Şüpheci Konuşkan")


def test_a_reaction_after_a_warning_repeats_nothing() -> None:
    answer = ask(
        Purpose.REACTION, **persona(), mesaj="Kara büyü derin", uyari="Yasaklı kelime.", yasakli_kelimeler="nefes"
    ).text

    assert answer.split("\n")[0] in {"WANT", "PASS"}
    assert not words(answer) & {"kara", "buyu", "derin", "nefes"}


def test_a_summary_stays_short_however_often_it_grows() -> None:
    summary = ""
    for day in range(20):
        told = "\n".join(f"Oyuncu: {day}. gün {'çok ' * 60}yol yürüdüm.\nKarakter: {'Anladım ' * 40}" for _ in range(5))
        summary = ask(Purpose.SUMMARY, ad="Kael", ozet=summary, konusmalar=told).text
        assert 0 < len(summary) <= 600


def test_a_summary_keeps_what_both_said() -> None:
    told = "Oyuncu: Bana bir kılıç yap.\nKarakter: Yarın gel.\nOyuncu: Kaç altın?\nKarakter: Beş."
    summary = ask(Purpose.SUMMARY, ad="Kael", ozet="Oyuncu «Adım Elif» dedi.", konusmalar=told).text

    assert "Elif" in summary
    assert "«Kaç altın?» diye sordu" in summary
    assert "Kael en son «Beş»" in summary


@pytest.mark.parametrize(
    "wish", ["Ejderhalı bir krallık", "uzayda yalnız bir istasyon", "çöl", "", 'tırnaklı "bir" <dünya>']
)
def test_a_wish_becomes_a_world(wish: str) -> None:
    world = json.loads(ask(Purpose.WORLD, istem=wish, max_tokens=1_500).text)

    assert set(world) == {"name", "description", "tone", "setting", "rules", "taboo_words"}
    assert set(world["setting"]) == {"locations", "season", "atmosphere"}
    assert world["rules"]["speech"]
    assert world["taboo_words"]


def test_a_world_is_told_in_two_or_three_sentences() -> None:
    brief = ask(Purpose.WORLD_BRIEF, dunya="Adı: Kızılova\nTanım: Bir bozkır krallığı. Halk yorgun.").text

    assert "Kızılova" in brief
    assert 2 <= len(sentences(brief)) <= 3


def test_every_purpose_has_an_answer() -> None:
    for purpose in Purpose:
        assert ask(purpose, Message("user", "Yaz.")).text


def test_usage_counts_and_costs_nothing() -> None:
    completion = ask(Purpose.SPEECH, Message("user", "Merhaba"), **persona())

    assert completion.usage.model == "sandbox/meddah"
    assert completion.usage.cost_microusd == 0
    assert completion.usage.input_tokens > 0
    assert completion.usage.output_tokens == -(-len(completion.text) // 4)


@pytest.mark.parametrize("max_tokens", [1, 5, 20, 30])
def test_an_answer_fits_its_tokens_and_ends_where_a_sentence_ends(max_tokens: int) -> None:
    completion = ask(Purpose.SPEECH, Message("user", "Ejderha nerede?"), max_tokens=max_tokens, **persona(tier="uzman"))

    assert completion.usage.output_tokens <= max_tokens
    assert completion.text[-1] in ".!?…"


@given(
    st.text(max_size=120),
    st.sampled_from([purpose for purpose in Purpose if purpose is not Purpose.WORLD]),
    st.sampled_from(
        ["ad", "rol", "arketip", "seviye", "ruh_hali", "hafiza", "oyun_durumu", "mesaj", "dunya", "konusmalar"]
    ),
    st.text(max_size=60),
)
@settings(max_examples=150, deadline=None)
def test_no_prompt_and_no_message_can_break_it(message: str, purpose: Purpose, tag: str, value: str) -> None:
    assert ask(purpose, Message("user", message), **{**persona(), tag: value}).text


def stream(request: ChatRequest, timeout: float = 5.0) -> list[str | Usage]:
    async def listen() -> list[str | Usage]:
        model: ChatModel = SandboxChatModel()
        return [piece async for piece in model.stream(request, timeout=timeout)]

    return asyncio.run(listen())


def test_a_stream_is_the_same_answer_in_words_and_then_its_usage() -> None:
    request = ChatRequest(Purpose.SPEECH, [Message("system", ""), Message("user", "Bana bir kılıç yapar mısın?")])
    whole = asyncio.run(SandboxChatModel().complete(request, timeout=5))

    *words, usage = stream(request)

    assert len(words) > 2
    assert "".join(str(word) for word in words) == whole.text
    assert usage == whole.usage


def test_a_stream_fails_before_its_first_word() -> None:
    request = ChatRequest(Purpose.SPEECH, [Message("system", ""), Message("user", "[sandbox:unavailable]")])

    with pytest.raises(ProviderUnavailable):
        stream(request)
    with pytest.raises(ProviderTimeout):
        stream(ChatRequest(Purpose.SPEECH, [Message("user", "Selam")]), timeout=0)
