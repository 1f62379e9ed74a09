"""Changing a configuration: merged, checked as a whole, and stored beside what it replaces - or nothing at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from pydantic import TypeAdapter, ValidationError

from common.config import MAX_CONFIG_BYTES, StyleTemplate, TenantConfig
from common.errors import InvalidInput, Outdated
from common.styles import RESERVED, Style
from common.tiers import Budgets, Microusd, budgets_of
from config.models import SHOWN_ONLY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from common.accounts import Account, Accounts
    from common.tenancy import Tenant
    from config.repository import FormerVersions

MAX_PROBLEMS = 100
"""How many problems one refusal names."""
_MAX_NAME = 64
_EACH = object()
"""In the tree of defaults: what holds for every entry of an object whose names are the studio's own."""
_AMOUNT: TypeAdapter[int] = TypeAdapter(Microusd)


def change_config(
    patch: Mapping[str, Any],
    *,
    tenant: Tenant,
    expected: int | None = None,
    accounts: Accounts,
    former: FormerVersions,
    now: str,
) -> TenantConfig:
    """Merge `patch` into the tenant's configuration (RFC 7396; null resets to the default) and return the result.

    The former version is put aside in the same transaction; a patch that changes nothing makes no version. `expected`
    is the version it was made for, beside the one that `patch` may name itself.

    Raises:
        InvalidInput: the result cannot be; `details.errors` names every problem, and nothing is changed.
        Outdated: it was made for another version. Conflict: others changed the account all the time.
    """

    def changed(account: Account) -> Account:
        current = account.config_of(tenant.mode)
        config = _checked(merged(current, patch), current, budgets_of(account.tier, account.budgets))
        if not {expected, config.version} <= {None, current.version}:
            raise Outdated(f"The configuration is at version {current.version}", details={"version": current.version})
        if config == current:
            return account
        return account.with_config(tenant.mode, config.model_copy(update={"version": current.version + 1}))

    def keeping(account: Account) -> list[dict[str, Any]]:
        current = account.config_of(tenant.mode)
        return former.putting_aside(current, replaced_at=now, replaced_by=tenant.key_id)

    return accounts.change(tenant.account_id, changed, keeping=keeping).config_of(tenant.mode)


def merged(current: TenantConfig, patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `patch` makes of a configuration, not yet checked."""
    asked = {name: value for name, value in patch.items() if name != "version" or value is not None}
    return _merge(current.model_dump(mode="json"), _settable(asked), _defaults())


def _settable(patch: dict[str, Any]) -> dict[str, Any]:
    """Leave out what we show and no studio sets, so that an answer can be sent back as it came."""
    levels = patch.get("quality_levels")
    if not isinstance(levels, dict):
        return patch
    kept = {name: _without_price(level) for name, level in cast("dict[str, Any]", levels).items()}
    return {**patch, "quality_levels": kept}


def _without_price(level: Any) -> Any:
    if not isinstance(level, dict):
        return level
    return {name: value for name, value in cast("dict[str, Any]", level).items() if name != SHOWN_ONLY}


def _defaults() -> dict[Any, Any]:
    template = StyleTemplate(base_prompt="-").model_dump(mode="json", exclude={"base_prompt"})
    return {
        **TenantConfig().model_dump(mode="json"),
        "style_templates": {_EACH: template},
        "pronunciations": {_EACH: None},
    }


def _plain(default: Any) -> Any:
    return {} if _is_object(default) and _EACH in default else default


def _merge(target: Any, patch: Any, default: Any) -> Any:
    """Merge as far as the tree of defaults goes; what is deeper or unknown stays as it was sent, to be refused."""
    if not _is_object(patch) or not _is_object(default):
        return patch
    defaults = cast("dict[Any, Any]", default)
    result: dict[str, Any] = dict(cast("dict[str, Any]", target)) if _is_object(target) else {}
    for name, value in cast("dict[str, Any]", patch).items():
        if value is not None:
            result[name] = _merge(result.get(name), value, defaults.get(name, defaults.get(_EACH)))
        elif name in defaults:
            result[name] = _plain(defaults[name])
        elif name in result or _EACH in defaults:
            result.pop(name, None)
        else:
            result[name] = None
    return result


def _checked(document: dict[str, Any], current: TenantConfig, ceiling: Budgets) -> TenantConfig:
    config, problems = _read(document)
    known = {problem["field"] for problem in problems}
    problems += [
        _problem(field, reason) for field, reason in _contradictions(document, current, ceiling) if field not in known
    ]
    if config is not None and len(config.model_dump_json().encode()) > MAX_CONFIG_BYTES:
        problems.append(_problem("config", f"larger than {MAX_CONFIG_BYTES} bytes in all"))
    if config is None or problems:
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise InvalidInput(
            f"Invalid input: {first['field']}: {first['reason']}{more}", details={"errors": problems[:MAX_PROBLEMS]}
        )
    return config


def _read(document: dict[str, Any]) -> tuple[TenantConfig | None, list[dict[str, str]]]:
    try:
        return TenantConfig.model_validate(document), []
    except ValidationError as error:
        return None, [
            _problem(".".join(_shown(part) for part in one["loc"] if part != "[key]"), one["msg"], one["type"])
            for one in error.errors(include_url=False, include_context=False, include_input=False)
        ]


def _contradictions(document: dict[str, Any], current: TenantConfig, ceiling: Budgets) -> Iterator[tuple[str, str]]:
    """Yield what no field shows by itself. What stands already and is left as it is is not held against a change."""
    templates = _object(document, "style_templates")
    for name in RESERVED & (templates.keys() - current.style_templates.keys()):
        yield f"style_templates.{name}", "the name of a preset; choose another"
    default_style = document.get("default_style")
    if isinstance(default_style, str) and default_style not in {*Style, *templates}:
        yield "default_style", f"no preset ({', '.join(Style)}) and none of your style_templates"
    for name, wish in _object(document, "budgets").items():
        most = getattr(ceiling, name, None)
        amount = _amount(wish)
        if most is not None and amount is not None and amount > most and amount != getattr(current.budgets, name):
            yield f"budgets.{name}", f"above the operator's ceiling of {most} micro-USD"


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _object(document: dict[str, Any], name: str) -> dict[str, Any]:
    value = document.get(name)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _amount(wish: Any) -> int | None:
    try:
        return _AMOUNT.validate_python(wish)
    except ValidationError:
        return None


def _problem(field: str, reason: str, kind: str = "value_error") -> dict[str, str]:
    return {"field": field, "reason": reason, "type": kind}


def _shown(part: int | str) -> str:
    """Return a part of a path so that it can be sent: a name may be as long and as broken as a body can hold."""
    return str(part)[:_MAX_NAME].encode(errors="replace").decode()
