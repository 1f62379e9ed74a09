import pytest

from common.defaults import defaults, find_archetype, find_role, find_tier
from common.turkish import fold


def test_all_of_the_seeds_defaults_are_there() -> None:
    pool = defaults()

    assert (len(pool.archetypes), len(pool.roles), len(pool.tiers), len(pool.names)) == (6, 20, 3, 20)
    assert all(entry.label and entry.description and entry.speech_style for entry in pool.archetypes)
    assert all(role.title and role.lore for role in pool.roles)


@pytest.mark.parametrize("spelling", ["Sifaci", "şifacı", "ŞİFACI", " Şifacı "])
def test_a_role_is_found_in_any_spelling(spelling: str) -> None:
    role = find_role(spelling)

    assert role is not None
    assert role.title == "Şifacı"


@pytest.mark.parametrize(
    ("ascii_spelling", "label"),
    [
        ("Supheci Sessiz", "Şüpheci Sessiz"),
        ("Cekici Manipulator", "Çekici Manipülatör"),
        ("DURU İDEALİST", "Duru İdealist"),
    ],
)
def test_an_archetype_is_found_in_any_spelling(ascii_spelling: str, label: str) -> None:
    archetype = find_archetype(ascii_spelling)

    assert archetype is not None
    assert archetype.label == label


@pytest.mark.parametrize(("spelling", "name"), [("caylak", "çaylak"), ("Orta", "orta"), ("UZMAN", "uzman")])
def test_a_tier_is_found_in_any_spelling(spelling: str, name: str) -> None:
    tier = find_tier(spelling)

    assert tier is not None
    assert tier.tier == name


def test_what_is_not_a_default_is_not_found() -> None:
    assert find_role("Uzay Korsanı") is None
    assert find_archetype("") is None
    assert find_tier("usta") is None


def test_no_two_entries_share_a_key() -> None:
    pool = defaults()
    for keys in ([role.title for role in pool.roles], [entry.label for entry in pool.archetypes], list(pool.names)):
        assert len({fold(key) for key in keys}) == len(keys)


def test_defaults_are_spelled_in_turkish() -> None:
    text = " ".join(f"{role.title} {role.lore}" for role in defaults().roles)

    assert "içe dönüktür" in text
    assert "iccedir" not in text
