"""Handlers for the tests of local/."""

import json
import os
import time
from pathlib import Path
from typing import Any

from common.observability import count, flush, measure


def echo(event: Any, context: Any) -> Any:
    """Answer with the event, the environment and what the context says."""
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(
            {
                "event": event,
                "environment": dict(os.environ),
                "pid": os.getpid(),
                "context": {
                    "aws_request_id": context.aws_request_id,
                    "function_name": context.function_name,
                    "memory_limit_in_mb": context.memory_limit_in_mb,
                    "invoked_function_arn": context.invoked_function_arn,
                    "remaining": context.get_remaining_time_in_millis(),
                },
            }
        ),
    }


def shaped(event: Any, context: Any) -> Any:
    """Answer with exactly what the body says."""
    return json.loads(event["body"])


def troubled(event: Any, context: Any) -> Any:
    """Fail in the way the path asks for."""
    match event["pathParameters"]["kind"]:
        case "raise":
            raise ValueError("as asked")
        case "crash":
            os._exit(3)
        case "sleep":
            time.sleep(60)
        case "huge":
            return "x" * 7_000_000
        case "unwritable":
            return object()
        case "measured":
            measure("JobSeconds", 1.5, "Seconds", kind="image", status="completed")
            measure("JobSeconds", 400, "Seconds", kind="image", status="completed")
            count("Http5xx", 2)
            flush()
        case _:
            print("a line of log", flush=True)
            return {"pid": os.getpid()}
    return None


def work(event: Any, context: Any) -> Any:
    """Note each message in a file of its own name, and report those as failed that ask for it."""
    failed = []
    started = time.time()
    for record in event["Records"]:
        message = json.loads(record["body"])
        time.sleep(message.get("sleep", 0))
        if message.get("fail"):
            failed.append({"itemIdentifier": record["messageId"]})
        with (Path(os.environ["RECORD"]) / message["name"]).open("a") as notes:
            notes.write(json.dumps({"record": record, "started": started, "ended": time.time()}) + "\n")
    return {"batchItemFailures": failed}


def tick(event: Any, context: Any) -> None:
    """Note the event of a schedule."""
    with (Path(os.environ["RECORD"]) / "ticks").open("a") as notes:
        notes.write(json.dumps(event) + "\n")
