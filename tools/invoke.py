"""Runs built functions under AWS's own Lambda runtime emulator, without Docker.

`python -m tools.invoke CharactersApi events/characters-api.json` prints one answer. The emulator comes with the SAM
CLI's wheel, the runtime's client is awslambdaric on Python 3.13, and the code is what `make build` left in
.aws-sam/build: the function's folder as it is, the layer built a second time for this machine. AWS is moto on loopback
with the template's tables, queues and bucket, or whatever AWS_ENDPOINT_URL names.
"""

import json
import logging
import os
import platform
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from moto.server import ThreadedMotoServer

from common.accounts import Accounts
from common.tenancy import Tenant, Tenants
from local.provision import provision
from local.template import Template, load

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

ROOT = Path(__file__).parent.parent
BUILT = ROOT / ".aws-sam" / "build"
HOST_LAYER = ROOT / "build" / "host-layer"
LOGS = ROOT / "build" / "emulator"
RUNTIME_PYTHON = ROOT / ".tools" / "lambda" / "bin" / "python"

DEMO_KEY = "demo-key-123"
DEMO_TENANT = Tenant(tenant_id="tenant_demo", name="Demo")
REGION = "eu-central-1"
_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
}
_START_SECONDS = 15


@dataclass(frozen=True)
class Cloud:
    """The AWS that the functions see."""

    template: Template
    dynamodb: "DynamoDBClient"
    sqs: "SQSClient"
    s3: "S3Client"
    environments: Mapping[str, Mapping[str, str]]
    """What each function finds in its environment, by logical id."""


@contextmanager
def cloud() -> Generator[Cloud]:
    """Provide the template's resources and the demo tenant, on moto unless AWS_ENDPOINT_URL names another place."""
    template = load(BUILT / "template.yaml", region=REGION)
    session = boto3.Session(
        _CREDENTIALS["AWS_ACCESS_KEY_ID"], _CREDENTIALS["AWS_SECRET_ACCESS_KEY"], region_name=REGION
    )
    with _endpoint() as url:
        dynamodb, sqs, s3 = (session.client(name, endpoint_url=url) for name in ("dynamodb", "sqs", "s3"))
        environments = provision(template, dynamodb=dynamodb, sqs=sqs, s3=s3)
        names = environments["SystemApi"]
        accounts = Accounts(client=dynamodb, accounts_table=names["ACCOUNTS_TABLE"], keys_table=names["TENANTS_TABLE"])
        Tenants(accounts).add_key(DEMO_KEY, DEMO_TENANT)
        platform_given = {**_CREDENTIALS, "AWS_ENDPOINT_URL": url}
        complete = {name: {**variables, **platform_given} for name, variables in environments.items()}
        yield Cloud(template, dynamodb, sqs, s3, complete)


@contextmanager
def _endpoint() -> Generator[str]:
    given = os.environ.get("AWS_ENDPOINT_URL")
    if given:
        yield given
        return
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@dataclass(frozen=True)
class Emulator:
    """One function, started and waiting for events."""

    function: str
    port: int
    log: Path

    def invoke(self, event: Mapping[str, Any]) -> Any:
        """Return the function's answer to `event`.

        Raises:
            RuntimeError: the function failed as a whole; with the error it reported and the end of its log.
        """
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/2015-03-31/functions/function/invocations",
            data=json.dumps(event).encode(),
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
                text: str = response.read().decode()
        except urllib.error.HTTPError as error:
            text = error.read().decode()
        answer: Any = json.loads(text) if text else None
        if not text or "errorType" in (answer or {}):
            raise RuntimeError(f"{self.function} failed: {text}\n{self.log.read_text(encoding='utf-8')[-4000:]}")
        return answer


@contextmanager
def emulator(function: str, on: Cloud) -> Generator[Emulator]:
    """Start a built function with exactly the environment that the template gives it."""
    invoke_port, runtime_port = _free_port(), _free_port()
    addresses = {"--runtime-interface-emulator-address": invoke_port, "--runtime-api-address": runtime_port}
    options = [part for option, port in addresses.items() for part in (option, f"127.0.0.1:{port}")]
    runtime = [str(RUNTIME_PYTHON), "-m", "awslambdaric", on.template.functions[function].handler]
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{function}.log"
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [str(_emulator_binary()), *options, *runtime],
            cwd=BUILT / function,
            env=_environment(function, on),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # the emulator and the runtime it starts end together
        )
        try:
            _wait_until_listening(process, invoke_port, log)
            yield Emulator(function, invoke_port, log)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _environment(function: str, on: Cloud) -> dict[str, str]:
    """Return what Lambda would set: the template's variables and its own, nothing of this machine's."""
    deployed = on.template.functions[function]
    return {
        **on.environments[function],
        "AWS_LAMBDA_FUNCTION_NAME": function,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(deployed.memory),
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(deployed.timeout),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "LANG": "en_US.UTF-8",
        "PYTHONPATH": f"{BUILT / function}:{HOST_LAYER / 'python'}",
        "TZ": ":UTC",
    }


def _emulator_binary() -> Path:
    machine = {"x86_64": "x86_64", "aarch64": "arm64"}.get(platform.machine())
    if platform.system() != "Linux" or machine is None:
        raise SystemExit(f"AWS ships its runtime emulator for Linux on x86_64 and arm64, not for {platform.platform()}")
    found = sorted(
        (ROOT / ".tools" / "sam").glob(f"lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-{machine}")
    )
    if not found:
        raise SystemExit("the SAM CLI is not in .tools/sam; run: make test-build")
    found[0].chmod(0o755)
    return found[0]


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_until_listening(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"the emulator did not start:\n{log.read_text(encoding='utf-8')[-4000:]}")


def main(arguments: list[str]) -> int:
    """Invoke one function with one event and print the answer."""
    names = sorted(load().functions)
    if len(arguments) != 2 or arguments[0] not in names or not Path(arguments[1]).is_file():
        print(
            f"make invoke FUNCTION=<function> EVENT=events/<event>.json\nfunctions: {' '.join(names)}", file=sys.stderr
        )
        return 2
    function, event = arguments[0], json.loads(Path(arguments[1]).read_text(encoding="utf-8"))
    with cloud() as on, emulator(function, on) as running:
        answer = running.invoke(event)
        print(running.log.read_text(encoding="utf-8"), file=sys.stderr)
    print(json.dumps(answer, ensure_ascii=False, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
