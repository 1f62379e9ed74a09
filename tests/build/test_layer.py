"""What `make build` made, looked at from outside: the right machine, ready bytecode, nothing superfluous."""

import json
import subprocess
from pathlib import Path

import pytest

from local.template import load
from tools.invoke import BUILT, HOST_LAYER, RUNTIME_PYTHON

LAYER = BUILT / "CommonLayer"
FUNCTIONS = sorted(load().functions)
AARCH64 = 0xB7
UNCHECKED_HASH = 0b01
MB = 1_000_000

# Runs on the runtime's Python: which top-level names does a function load out of the layer, lazily or not?
IMPORT_EVERYTHING = """
import importlib, json, pkgutil, sys
layer, handler = sys.argv[1:]
importlib.import_module(handler.rsplit(".", 1)[0])
import common
for module in pkgutil.walk_packages(common.__path__, "common."):
    importlib.import_module(module.name)
import httpx
httpx.AsyncHTTPTransport()  # loads its own machinery only now
from common.turkish import speakable
assert speakable("23") == "yirmi üç"  # the number words are loaded at the first number
from common.player_tokens import tenant_in
assert tenant_in("pt_nobody") is None  # what reads tokens is loaded at the first token
loaded = [name for name, module in sys.modules.items() if (getattr(module, "__file__", None) or "").startswith(layer)]
print(json.dumps(sorted(loaded)))
"""


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_every_binary_is_for_arm64() -> None:
    binaries = [path for path in LAYER.rglob("*.so*") if path.is_file()]

    assert binaries
    assert {path.name: int.from_bytes(path.read_bytes()[18:20], "little") for path in binaries} == {
        path.name: AARCH64 for path in binaries
    }


@pytest.mark.parametrize("folder", ["CommonLayer", *FUNCTIONS])
def test_every_module_has_bytecode_that_is_never_compared(folder: str) -> None:
    magic = subprocess.check_output(
        [RUNTIME_PYTHON, "-c", "import sys, importlib.util as u; sys.stdout.buffer.write(u.MAGIC_NUMBER)"]
    )
    sources = sorted((BUILT / folder).rglob("*.py"))
    assert sources
    for source in sources:
        header = (source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc").read_bytes()[:8]
        assert header == magic + UNCHECKED_HASH.to_bytes(4, "little"), source


def test_the_layer_is_small() -> None:
    assert size_of(LAYER) < 38 * MB


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_carries_only_its_own_domain(function: str) -> None:
    domain = load().functions[function].handler.split(".")[0]
    expected = {domain, "fastapi_offline"} if function == "SystemApi" else {domain}

    assert {path.name for path in (BUILT / function).iterdir()} == expected
    assert size_of(BUILT / function) < (3 * MB if function == "SystemApi" else MB / 2)


def test_the_layer_carries_nothing_that_no_function_imports() -> None:
    site = HOST_LAYER / "python"
    loaded: set[str] = set()
    for function, deployed in load().functions.items():
        output = subprocess.check_output(
            [RUNTIME_PYTHON, "-c", IMPORT_EVERYTHING, str(site), deployed.handler],
            env={
                "PYTHONPATH": f"{BUILT / function}:{site}",
                "AWS_DEFAULT_REGION": "eu-central-1",
            },
            cwd=BUILT / function,
        )
        loaded |= {name.split(".")[0] for name in json.loads(output)}

    carried = {path.name for path in site.iterdir() if path.name != "__pycache__" and path.suffix != ".dist-info"}
    assert {name.split(".")[0] for name in carried} - loaded == set()
    assert {path.name.split("-")[0] for path in site.glob("*.dist-info")} == {"opentelemetry_api", "python_ulid", "unicode_rbnf"}
