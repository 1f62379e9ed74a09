"""Player tokens: what they say, what they stand for, and that nothing else is one."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from typing import Any

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.accounts import Account, Accounts, NewKey
from common.errors import Forbidden, Unauthorized
from common.keys import Mode
from common.player_tokens import MAX_CHARACTERS, MAX_TOKEN_LENGTH, PREFIX, Claims, Player, mint, read, tenant_in
from common.tenancy import CACHE_SECONDS, Tenants
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment

SECRET = "s" * 64
NOW = 1_800_000_000
CLAIMS = Claims(
    tenant_id="acme",
    player_id="oyuncu-15",
    characters=["char_1", "char_2"],
    scopes=["speak", "react"],
    day_microusd=20_000,
    key_id="key_1",
    issued_at=NOW,
    ends_at=NOW + 60,
)
TOKEN = mint(CLAIMS, SECRET)
BOUNDED = settings(
    max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


def claims(**changes: Any) -> Claims:
    return CLAIMS.model_copy(update=changes)


def signed(payload: Any, secret: str = SECRET, **options: Any) -> str:
    """Return a token that we never mint, correctly signed."""
    return PREFIX + jwt.encode(payload, secret, **options)


def part(content: Any) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


PAYLOAD = CLAIMS.model_dump(by_alias=True)

# ── What a token says ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_token_says_what_was_minted_and_for_whom() -> None:
    said = read(TOKEN, SECRET, now=NOW)

    assert said == CLAIMS
    assert said.player == Player("oyuncu-15", frozenset({"char_1", "char_2"}), frozenset({"speak", "react"}), 20_000)
    assert tenant_in(TOKEN) == "acme"
    assert PAYLOAD == {
        "iss": "acme",
        "sub": "oyuncu-15",
        "aud": "meddah/player",
        "chr": ["char_1", "char_2"],
        "scp": ["speak", "react"],
        "bud": 20_000,
        "kid": "key_1",
        "iat": NOW,
        "exp": NOW + 60,
    }


def test_the_longest_token_is_short_enough_for_a_header() -> None:
    longest = claims(
        tenant_id="t" * 63 + ".test",
        player_id="p" * 128,
        characters=["char_" + "0" * 26] * MAX_CHARACTERS,
        scopes=["speak", "react", "tts", "stt"],
        day_microusd=10**12,
        key_id="key_" + "0" * 26,
    )

    assert len(mint(longest, SECRET)) <= MAX_TOKEN_LENGTH
    assert read(mint(longest, SECRET), SECRET, now=NOW) == longest


def test_a_token_is_over_at_its_second() -> None:
    assert read(TOKEN, SECRET, now=NOW + 59.999) == CLAIMS
    assert read(TOKEN, SECRET, now=NOW + 60) is None


def test_what_a_later_release_says_besides_does_no_harm() -> None:
    assert read(signed({**PAYLOAD, "new": 1, "scp": ["speak", "sing"]}), SECRET, now=NOW) is not None


def test_who_holds_no_token_does_not_pay_for_their_library() -> None:
    script = "import sys, common.tenancy; sys.exit('jwt' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


# ── What is none ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("place", range(len(PREFIX), len(TOKEN), 7))
def test_a_token_with_another_character_in_it_is_none(place: int) -> None:
    for other in "Aa0_.":
        if TOKEN[place] != other:
            assert read(TOKEN[:place] + other + TOKEN[place + 1 :], SECRET, now=NOW) is None


BY_OTHERS = {
    "another secret": signed(PAYLOAD, "x" * 43),
    "no signature": PREFIX + jwt.encode(PAYLOAD, None, algorithm="none"),
    "another algorithm": signed(PAYLOAD, algorithm="HS512"),
    "no signature, said to have one": f"{PREFIX}{part({'alg': 'HS256'})}.{part(PAYLOAD)}.",
    "a detached payload": f"{PREFIX}{part({'alg': 'HS256', 'b64': False, 'crit': ['b64']})}..{'A' * 43}",
    "another audience": signed({**PAYLOAD, "aud": "meddah/studio"}),
    "no audience": signed({name: value for name, value in PAYLOAD.items() if name != "aud"}),
    "no end": signed({name: value for name, value in PAYLOAD.items() if name != "exp"}),
    "an end that is no number": signed({**PAYLOAD, "exp": "never"}),
    "an end that is half a number": signed({**PAYLOAD, "exp": NOW + 60.5}),
    "a scope that is no list": signed({**PAYLOAD, "scp": "speak"}),
    "no key": signed({name: value for name, value in PAYLOAD.items() if name != "kid"}),
    "a player that is none": signed({**PAYLOAD, "sub": "a b"}),
    "a budget below nothing": signed({**PAYLOAD, "bud": -1}),
    "without the prefix": TOKEN.removeprefix(PREFIX),
    "too long": TOKEN + "A" * MAX_TOKEN_LENGTH,
    "not even JSON": f"{PREFIX}{part({'alg': 'HS256'})}.{part(b'{')}.AAAA",
    "deeply nested": f"{PREFIX}{part(b'[' * 2_000)}.{part(b'[' * 900)}.AAAA",
    "a number of many digits": f"{PREFIX}{part({'alg': 'HS256'})}.{part(b'1' * 2_900)}.AAAA",
}


@pytest.mark.parametrize("token", BY_OTHERS.values(), ids=BY_OTHERS)
def test_what_we_did_not_mint_is_no_token(token: str) -> None:
    assert read(token, SECRET, now=NOW) is None


@pytest.mark.parametrize(
    "tenant_id", ["", ".test", "a.b", "a#b", "a" * 64, "acme.test.test", "ş", None, 7, ["acme"], {}]
)
def test_what_cannot_be_a_tenant_is_not_looked_up(tenant_id: Any) -> None:
    payload = {**PAYLOAD, "iss": tenant_id}

    assert tenant_in(f"{PREFIX}{part({'alg': 'HS256'})}.{part(payload)}.AAAA") is None


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        name: ANYTHING | st.sampled_from(["HS256", "none", "RS256"]) for name in ("alg", "typ", "kid", "crit", "b64")
    },
)
PAYLOADS = ANYTHING | st.fixed_dictionaries({name: st.just(value) | ANYTHING for name, value in PAYLOAD.items()})
TOKENS = (
    st.text(max_size=80)
    | st.binary(max_size=80).map(lambda raw: raw.decode("latin-1"))
    | st.lists(st.binary(max_size=40).map(part), min_size=1, max_size=4).map(".".join)
    | st.builds(
        lambda head, body, end: f"{part(head)}.{part(body)}.{part(end)}", HEADERS, PAYLOADS, st.binary(max_size=32)
    )
)


@BOUNDED
@given(TOKENS)
def test_no_bytes_are_a_token_by_chance_or_break_the_reading_of_one(text: str) -> None:
    for token in (text, PREFIX + text):
        assert read(token, SECRET, now=NOW) is None
        assert tenant_in(token) in {None, "acme"}


# ── Whom a token stands for ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def book(deployment: Deployment, clock: ManualClock) -> Accounts:
    names = deployment.settings
    book = Accounts(
        client=deployment.dynamodb, accounts_table=names.accounts_table, keys_table=names.tenants_table, clock=clock
    )
    book.create("acme", "Acme Oyun", tier="free")
    return book


@pytest.fixture
def keys(book: Accounts, clock: ManualClock) -> Tenants:
    return Tenants(book, clock=clock)


@pytest.fixture
def live(book: Accounts) -> NewKey:
    return book.create_key("acme", mode=Mode.LIVE)


@pytest.fixture
def acme(book: Accounts, live: NewKey) -> Account:
    return book.get("acme")


def token_of(account: Account, key: NewKey, clock: ManualClock, **changes: Any) -> str:
    said = {"key_id": key.record.key_id, "issued_at": int(clock()), "ends_at": int(clock()) + 3_600, **changes}
    return f"Bearer {mint(claims(**said), account.token_secret)}"


def test_a_token_stands_for_a_player_of_its_tenant(
    keys: Tenants, book: Accounts, acme: Account, live: NewKey, clock: ManualClock
) -> None:
    found = keys.authenticate(token_of(acme, live, clock))

    assert (found.tenant_id, found.mode, found.key_id, found.tier) == ("acme", Mode.LIVE, live.record.key_id, "free")
    assert found.player == CLAIMS.player


def test_a_token_of_a_test_key_sees_its_data(keys: Tenants, book: Accounts, acme: Account, clock: ManualClock) -> None:
    test = book.create_key("acme", mode=Mode.TEST)

    found = keys.authenticate(token_of(acme, test, clock, tenant_id="acme.test"))
    assert (found.tenant_id, found.mode) == ("acme.test", Mode.TEST)


@pytest.mark.parametrize(("mode", "tenant_id"), [(Mode.LIVE, "acme.test"), (Mode.TEST, "acme")])
def test_a_token_reaches_no_other_data_than_its_key(
    keys: Tenants, book: Accounts, acme: Account, clock: ManualClock, mode: Mode, tenant_id: str
) -> None:
    key = book.create_key("acme", mode=mode)

    with pytest.raises(Unauthorized):
        keys.authenticate(token_of(acme, key, clock, tenant_id=tenant_id))


def test_one_tenants_secret_signs_nothing_for_another(
    keys: Tenants, book: Accounts, acme: Account, live: NewKey, clock: ManualClock
) -> None:
    other = book.create("other", "Başkası", tier="pro")

    for forged in (token_of(other, live, clock), token_of(acme, live, clock, tenant_id="other")):
        with pytest.raises(Unauthorized):
            keys.authenticate(forged)


def test_nobodys_account_has_no_players(keys: Tenants, acme: Account, live: NewKey, clock: ManualClock) -> None:
    with pytest.raises(Unauthorized):
        keys.authenticate(token_of(acme, live, clock, tenant_id="nobody"))


def test_a_token_ends_at_its_time(keys: Tenants, acme: Account, live: NewKey, clock: ManualClock) -> None:
    token = token_of(acme, live, clock, ends_at=NOW + 90)
    clock.advance(89)
    assert keys.authenticate(token).player is not None

    clock.advance(1)
    with pytest.raises(Unauthorized):
        keys.authenticate(token)


def test_a_revoked_key_takes_its_tokens_along_within_a_minute_and_no_others(
    keys: Tenants, book: Accounts, acme: Account, live: NewKey, clock: ManualClock
) -> None:
    other = book.create_key("acme", mode=Mode.LIVE)
    gone, stays = (token_of(acme, key, clock) for key in (live, other))
    for token in (gone, stays):
        keys.authenticate(token)
    book.revoke_key("acme", live.record.key_id)

    clock.advance(CACHE_SECONDS)
    with pytest.raises(Unauthorized):
        keys.authenticate(gone)
    assert keys.authenticate(stays).key_id == other.record.key_id


def test_another_secret_ends_every_token_within_a_minute_and_what_is_minted_with_it_works(
    keys: Tenants, book: Accounts, acme: Account, live: NewKey, clock: ManualClock
) -> None:
    test = book.create_key("acme", mode=Mode.TEST)
    former = [token_of(acme, live, clock), token_of(acme, test, clock, tenant_id="acme.test")]
    for token in former:
        keys.authenticate(token)
    after = book.rotate_token_secret("acme")

    clock.advance(CACHE_SECONDS)
    for token in former:
        with pytest.raises(Unauthorized):
            keys.authenticate(token)
    for token in (token_of(after, live, clock), token_of(after, test, clock, tenant_id="acme.test")):
        assert keys.authenticate(token).player == CLAIMS.player


def test_a_key_that_expires_takes_its_tokens_along_at_once(
    keys: Tenants, book: Accounts, acme: Account, clock: ManualClock
) -> None:
    brief = book.create_key("acme", mode=Mode.LIVE, expires_in=30)
    token = token_of(acme, brief, clock)
    assert keys.authenticate(token).player is not None

    clock.advance(30)
    with pytest.raises(Unauthorized):
        keys.authenticate(token)


def test_a_token_works_at_once_where_its_account_is_remembered_from_before_its_key(
    keys: Tenants, book: Accounts, acme: Account, live: NewKey, clock: ManualClock
) -> None:
    keys.authenticate(token_of(acme, live, clock))
    clock.advance(20)
    new = book.create_key("acme", mode=Mode.LIVE)

    assert keys.authenticate(token_of(acme, new, clock)).key_id == new.record.key_id


class _CountedAccounts:
    """Accounts that count how often one is read."""

    def __init__(self, book: Accounts) -> None:
        self._book = book
        self.reads = 0

    def get(self, tenant_id: str) -> Account:
        self.reads += 1
        return self._book.get(tenant_id)


def test_tokens_are_one_read_a_minute_whatever_they_are(
    book: Accounts, acme: Account, live: NewKey, clock: ManualClock
) -> None:
    counted = _CountedAccounts(book)
    keys = Tenants(counted, clock=clock)  # type: ignore[arg-type]
    clock.advance(10)
    for number in range(5):
        keys.authenticate(token_of(acme, live, clock, player_id=f"oyuncu-{number}"))
        with pytest.raises(Unauthorized):
            keys.authenticate(token_of(acme, live, clock, key_id="key_gone", issued_at=NOW))
        with pytest.raises(Unauthorized):
            keys.authenticate(f"Bearer {mint(CLAIMS, SECRET)}")

    assert counted.reads == 1


def test_no_bearer_breaks_the_door(keys: Tenants, acme: Account) -> None:
    @BOUNDED
    @given(TOKENS)
    def knock(text: str) -> None:
        for bearer in (text, PREFIX + text):
            with pytest.raises(Unauthorized):
                keys.authenticate(f"Bearer {bearer}")

    knock()


# ── What a player may ────────────────────────────────────────────────────────────────────────────────────────────────

PLAYER = CLAIMS.player


def test_a_player_may_what_its_token_names() -> None:
    PLAYER.require("speak")
    PLAYER.require("react", character_id="char_2")
    for own in (None, "oyuncu-15"):
        PLAYER.require_own(own)
    PLAYER.refuse([])


@pytest.mark.parametrize(
    ("scope", "character_id", "details"),
    [
        (None, None, {"scope": None}),
        ("tts", None, {"scope": "tts"}),
        ("tts", "char_1", {"scope": "tts"}),
        ("speak", "char_3", {"scope": "speak", "character_id": "char_3"}),
    ],
)
def test_what_a_token_lacks_is_named(scope: str | None, character_id: str | None, details: dict[str, Any]) -> None:
    with pytest.raises(Forbidden) as refused:
        PLAYER.require(scope, character_id=character_id)

    assert refused.value.details == details


def test_a_player_speaks_for_nobody_else_and_sends_nothing_that_is_the_studios() -> None:
    with pytest.raises(Forbidden) as refused:
        PLAYER.require_own("oyuncu-16")
    assert refused.value.details == {"fields": ["user_id"]}

    with pytest.raises(Forbidden) as refused:
        PLAYER.refuse(["a", "b"])
    assert refused.value.details == {"fields": ["a", "b"]}
