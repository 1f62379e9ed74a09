"""`python -m local`: the stack, until Ctrl-C.

PORT moves it (9000), LOGS=1 shows the functions' logs, LOCAL_CONCURRENCY is how many requests one function serves at
once (4). AWS_ENDPOINT_URL, or AWS_ENDPOINT_URL_DYNAMODB, _SQS and _S3, name services to use instead of moto.
With FAL_KEY the models are fal.ai's; without it a stand-in's (`local.fal`; FAL_STANDIN_LATENCY=10 slows it down), with
MEDDAH_PROVIDER=sandbox the sandbox's. PUBLIC_URL is where the vendor can reach this stack, if it can.
"""

import asyncio
import os
import signal
import sys


async def _play(*, port: int, concurrency: int) -> int:
    from local.console import Console  # noqa: PLC0415 - whoever changes their mind may do so during these imports
    from local.serving import PortTaken  # noqa: PLC0415
    from local.stack import Stack  # noqa: PLC0415
    from local.vendor import UnknownProvider  # noqa: PLC0415

    console = Console(logs=os.environ.get("LOGS") == "1")
    _end_on_signals()
    try:
        async with Stack(port=port, console=console, surroundings=os.environ, concurrency=concurrency) as stack:
            console.ready(stack.port, stack.vendor.name)
            await asyncio.Event().wait()
    except (PortTaken, UnknownProvider) as error:
        console.refused(str(error))
        return 1
    return 0


def _end_on_signals() -> None:
    """Cancel the running task at the first signal; more of them change nothing."""
    running = asyncio.current_task()
    assert running is not None  # noqa: S101 - a coroutine runs in a task

    def end() -> None:
        if not running.cancelling():
            running.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end)


def _number(name: str, default: int) -> int:
    value = os.environ.get(name) or str(default)
    if not value.isdigit():
        sys.exit(f"{name} has to be a number, not {value!r}")
    return int(value)


def main() -> int:
    """Return the exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return asyncio.run(_play(port=_number("PORT", 9000), concurrency=_number("LOCAL_CONCURRENCY", 4)))
    except (asyncio.CancelledError, KeyboardInterrupt):
        return 0


if __name__ == "__main__":
    sys.exit(main())
