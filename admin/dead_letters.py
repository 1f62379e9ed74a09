"""`python -m admin dead-letters …`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from admin.letters import MOST
from admin.options import AsJson, dead_letters_of, dead_letters_to_change
from admin.output import print_json, print_table
from admin.units import duration

app = typer.Typer(help="Messages that were given up.", no_args_is_help=True, rich_markup_mode=None)

_QUEUE = "A queue without its stage: image, speech, finish, …"


@app.command("list")
def list_letters(
    context: typer.Context,
    queue: Annotated[str | None, typer.Argument(metavar="[QUEUE]", help=f"{_QUEUE} All if not given.")] = None,
    *,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many of a queue to look at.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List what was given up: whose it is and what it is about, never its content.

    Nobody else receives the listed ones meanwhile, and each look counts as a delivery.
    """
    book = dead_letters_of(context)
    letters = [
        letter for name in (book.queues() if queue is None else [queue]) for letter in book.look(name, most=limit)
    ]
    if as_json:
        print_json({"items": [asdict(letter) for letter in letters]})
        return
    rows = [
        [one.queue, duration(one.age_seconds), one.tenant_id or "?", one.about or "?", str(one.receives)]
        for one in letters
    ]
    print_table(["queue", "age", "tenant", "about", "received"], rows)


@app.command()
def redrive(
    context: typer.Context,
    queue: Annotated[str, typer.Argument(metavar="QUEUE", help=_QUEUE)],
    *,
    most: Annotated[
        int | None, typer.Option("--max", min=1, max=MOST, metavar="N", help="Move so many at most.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send what was given up back to its queue, to be tried five times more. Mend the cause first."""
    done = dead_letters_to_change(context).redrive(queue, most=most)
    if as_json:
        print_json({"queue": queue, **asdict(done)})
    elif done.moved is None:
        print("SQS moves them, in the background.")
        print(f"To stop it: aws sqs cancel-message-move-task --task-handle {done.task}", file=sys.stderr)
    else:
        print(f"{done.moved} moved")
