"""Whose models the local stack's functions call."""

from __future__ import annotations

import httpx
import pytest

from local.vendor import UnknownProvider, Vendor


async def test_without_a_key_it_is_the_stand_in_which_calls_back_here() -> None:
    vendor = Vendor.choose({})
    await vendor.open("http://127.0.0.1:9000", {"FAL_STANDIN_LATENCY": "0"})
    try:
        variables = vendor.variables
        assert (vendor.name, variables["PROVIDER"]) == ("stand-in", "fal")
        assert variables["PUBLIC_URL"] == "http://127.0.0.1:9000"
        assert all(variables[f"FAL_{host}_URL"].startswith("http://127.0.0.1:") for host in ("RUN", "QUEUE", "REST"))
        async with httpx.AsyncClient() as http:
            assert (await http.get(f"{vendor.control_url}/counts")).json()["submissions"] == 0
    finally:
        await vendor.close()


async def test_with_a_key_it_is_fal_and_nobody_knows_where_we_are() -> None:
    vendor = Vendor.choose({"FAL_KEY": "id:secret"})
    await vendor.open("http://127.0.0.1:9000", {})

    assert vendor.name == "fal.ai"
    assert vendor.variables == {"PROVIDER": "fal", "FAL_KEY": "id:secret", "PUBLIC_URL": ""}


def test_what_is_given_by_hand_is_honoured() -> None:
    given = {"FAL_KEY": "id:secret", "FAL_RUN_URL": "http://127.0.0.1:1", "PUBLIC_URL": "https://me.example"}
    vendor = Vendor.choose(given)

    assert vendor.name == "http://127.0.0.1:1"
    assert vendor.variables == {"PROVIDER": "fal", **given}


def test_the_sandbox_needs_nobody() -> None:
    vendor = Vendor.choose({"MEDDAH_PROVIDER": "sandbox", "FAL_KEY": "id:secret", "PUBLIC_URL": "https://me.example"})
    assert vendor.variables == {"PROVIDER": "sandbox"}
    with pytest.raises(UnknownProvider):
        Vendor.choose({"MEDDAH_PROVIDER": "openai"})
