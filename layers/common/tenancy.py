"""Who is asking: from the key in a request to the tenant it belongs to, and what that tenant may do.

A key is looked up by its hash, the account behind it by its tenant: two reads, remembered for a minute, also for
«nobody's key». So a key that is revoked stops working within that minute everywhere, and with it the player tokens that
it minted: a token names its account, and needs only that to be read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from common.accounts import Account, Accounts, accounts
from common.clock import Clock, iso, wall_clock
from common.config import TenantConfig
from common.errors import Conflict, NotFound, Unauthorized
from common.keys import Mode, could_be_a_key, hash_key
from common.player_tokens import MAX_TOKEN_LENGTH, PREFIX, Player, read, tenant_in
from common.tiers import Budgets, Limits, budgets_of, limits_of, tiers, within

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

CACHE_SECONDS = 60
_CACHE_SIZE = 10_000
_BEARER = re.compile(rf"Bearer +([\x21-\x7e]{{1,{MAX_TOKEN_LENGTH}}})", re.IGNORECASE)
_MAX_KEY_LENGTH = 2_048
_CLOCKS_APART_SECONDS = 2
_TEST_SUFFIX = ".test"
DEFAULT_TIER = "pro"


@dataclass(frozen=True, slots=True)
class Tenant:
    """A studio, as it stands behind one request."""

    tenant_id: str
    """Whose data is meant; the data of test keys is that of another tenant."""
    name: str
    tier: str = DEFAULT_TIER
    limits: Limits = field(default_factory=lambda: tiers()[DEFAULT_TIER].limits)
    budgets: Budgets = field(default_factory=lambda: tiers()[DEFAULT_TIER].budgets)
    config: TenantConfig = field(default_factory=TenantConfig)
    mode: Mode = Mode.LIVE
    key_id: str | None = None
    player: Player | None = None

    @property
    def account_id(self) -> str:
        """The tenant the account is kept under, for live and test keys alike."""
        return account_of(self.tenant_id)


def account_of(tenant_id: str) -> str:
    """Return the account behind the data of live or test keys."""
    return tenant_id.removesuffix(_TEST_SUFFIX)


def is_test(tenant_id: str) -> bool:
    """Whether the data is that of test keys: made by the sandbox, free, apart from everything live."""
    return tenant_id.endswith(_TEST_SUFFIX)


def scope_of(account_id: str, mode: Mode) -> str:
    """Return whose data a key of this mode reaches."""
    return account_id + (_TEST_SUFFIX if mode is Mode.TEST else "")


def tenant_of(account: Account, *, mode: Mode, key_id: str | None = None, player: Player | None = None) -> Tenant:
    """Return what `account` may do with a key of this mode."""
    config = account.config_of(mode)
    return Tenant(
        tenant_id=scope_of(account.tenant_id, mode),
        name=account.name,
        tier=account.tier,
        limits=limits_of(account.tier, account.limits),
        budgets=within(budgets_of(account.tier, account.budgets), config.budgets),
        config=config,
        mode=mode,
        key_id=key_id,
        player=player,
    )


class _Seen(NamedTuple):
    until: float
    found: Any


class Tenants:
    """The keys in force, read through a cache of `CACHE_SECONDS`."""

    def __init__(self, accounts: Accounts, *, clock: Clock = wall_clock) -> None:
        self._accounts = accounts
        self._clock = clock
        self._seen: dict[str, _Seen] = {}

    def authenticate(self, authorization: str | None) -> Tenant:
        """Return whose key stands in an `Authorization` header (two reads at most once a minute).

        Raises:
            Unauthorized: no header, another scheme than Bearer, nobody's key, or one that is revoked or expired.
        """
        bearer = _BEARER.fullmatch(authorization or "")
        tenant = self._of(bearer[1]) if bearer else None
        if tenant is None:
            raise Unauthorized("Send a valid API key as 'Authorization: Bearer <key>'")
        return tenant

    def by_id(self, tenant_id: str) -> Tenant:
        """Return a tenant for work that no request is behind: a job's next step, memory upkeep.

        Raises:
            NotFound: no such tenant.
        """
        account = self.account(account_of(tenant_id))
        if account is None:
            raise NotFound.of("tenant", account_of(tenant_id))
        return tenant_of(account, mode=Mode.TEST if is_test(tenant_id) else Mode.LIVE)

    def account(self, tenant_id: str) -> Account | None:
        """Return an account as it was at most a minute ago, None for nobody's."""

        def read() -> Account | None:
            try:
                return self._accounts.get(tenant_id)
            except NotFound:
                return None

        return self._remembered(f"account {tenant_id}", read)

    def add_key(self, api_key: str, tenant: Tenant) -> None:
        """Let a key of the operator's own choice stand for `tenant`, whose account is made if there is none."""
        try:
            self._accounts.create(tenant.account_id, tenant.name, tier=tenant.tier)
        except Conflict:
            if self._accounts.owner_of(hash_key(api_key)) is not None:
                return
        self._accounts.add_key(tenant.account_id, api_key, mode=tenant.mode)

    def _of(self, bearer: str) -> Tenant | None:
        if bearer.startswith(PREFIX):
            return self._of_player(bearer)
        if len(bearer) > _MAX_KEY_LENGTH or not could_be_a_key(bearer):
            return None
        key_hash = hash_key(bearer)
        owner: tuple[str, str] | None = self._remembered(key_hash, lambda: self._accounts.owner_of(key_hash))
        account = self.account(owner[0]) if owner else None
        if owner and account and owner[1] not in account.keys and self._is_older(f"account {owner[0]}", key_hash):
            self._seen.pop(f"account {owner[0]}", None)  # the key is younger than what we remember of its account
            account = self.account(owner[0])
        record = account.keys.get(owner[1]) if account and owner else None
        if account is None or record is None or not record.works_at(iso(self._clock())):
            return None
        return tenant_of(account, mode=record.mode, key_id=record.key_id)

    def _of_player(self, token: str) -> Tenant | None:
        """Return the tenant behind a player token: no read where its account is remembered."""
        tenant_id = tenant_in(token)
        account = self.account(account_of(tenant_id)) if tenant_id else None
        claims = read(token, account.token_secret, now=self._clock()) if account else None
        if account is None or claims is None:
            return None
        if claims.key_id not in account.keys and self._forget_older(account, than=claims.issued_at):
            account = self.account(account.tenant_id) or account
        record = account.keys.get(claims.key_id)
        if record is None or not record.works_at(iso(self._clock())):
            return None
        tenant = tenant_of(account, mode=record.mode, key_id=record.key_id, player=claims.player)
        return tenant if tenant.tenant_id == claims.tenant_id else None

    def _is_older(self, name: str, than: str) -> bool:
        """Whether one thing was read before another, both as they are remembered."""
        seen, other = self._seen.get(name), self._seen.get(than)
        return seen is not None and other is not None and seen.until <= other.until

    def _forget_older(self, account: Account, *, than: float) -> bool:
        """Forget an account if it was read before `than`: a key, and its token, may be younger."""
        seen = self._seen.get(f"account {account.tenant_id}")
        if seen is None or seen.until - CACHE_SECONDS > than + _CLOCKS_APART_SECONDS:
            return False
        del self._seen[f"account {account.tenant_id}"]
        return True

    def _remembered(self, name: str, read: Callable[[], Any]) -> Any:
        now = self._clock()
        seen = self._seen.get(name)
        if seen is not None and seen.until > now:
            return seen.found
        found = read()
        self._seen.pop(name, None)  # so that what is read again stands last
        while len(self._seen) >= _CACHE_SIZE:
            del self._seen[next(iter(self._seen))]
        self._seen[name] = _Seen(now + CACHE_SECONDS, found)
        return found


@cache
def tenants() -> Tenants:
    """The process's keys."""
    return Tenants(accounts())
