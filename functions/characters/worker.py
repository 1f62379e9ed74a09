"""SQS entry point of the characters domain: memory upkeep."""

from __future__ import annotations

from characters import service
from characters.models import MemoryTask
from characters.repository import characters_of, memories_of, memory_queue
from common.providers.asking import Asking
from common.providers.choice import chat_model
from common.spending import spending_of
from common.sqs import sqs_handler


async def deliver(task: MemoryTask, deliveries: int) -> None:
    """Do one memory task; every delivery does the same, so their number does not matter."""
    del deliveries
    characters, memories = characters_of(task.tenant_id), memories_of(task.tenant_id)
    if task.task == "summarise":
        spending = spending_of(task.tenant_id, route="memory_upkeep")
        asking = Asking(chat_model(task.tenant_id), spending=spending)
        try:
            await service.summarise(task.character_id, characters=characters, memory=memories, asking=asking)
        finally:
            spending.close()
    else:
        service.purge(task, characters=characters, memory=memories, queue=memory_queue())


handler = sqs_handler(MemoryTask, deliver, queue=memory_queue)
