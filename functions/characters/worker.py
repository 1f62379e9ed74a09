"""SQS entry point of the characters domain: memory upkeep."""

from __future__ import annotations

from characters import service
from characters.models import MemoryTask
from characters.repository import characters_of, memories_of, memory_queue
from common.errors import BudgetExhausted, LimitReached
from common.observability import logger
from common.providers.asking import Asking
from common.providers.choice import chat_model
from common.spending import spending_of
from common.sqs import sqs_handler


async def deliver(task: MemoryTask, deliveries: int) -> None:
    """Do one memory task; every delivery does the same, so their number does not matter."""
    del deliveries
    if task.task == "summarise":
        await _summarise(task)
        return
    characters, memories = characters_of(task.tenant_id), memories_of(task.tenant_id)
    service.purge(task, characters=characters, memory=memories, queue=memory_queue())


async def _summarise(task: MemoryTask) -> None:
    """Summarise, as far as the tenant may; what is left out now is taken in with the next ten exchanges."""
    characters, memories = characters_of(task.tenant_id), memories_of(task.tenant_id)
    spending = spending_of(task.tenant_id, route="memory_upkeep")
    asking = Asking(chat_model(task.tenant_id), spending=spending)
    try:
        await service.summarise(task.character_id, characters=characters, memory=memories, asking=asking)
    except (LimitReached, BudgetExhausted) as refused:
        logger.warning("summary left out", extra={"tenant": task.tenant_id, "code": refused.code})
    finally:
        spending.close()


handler = sqs_handler(MemoryTask, deliver, queue=memory_queue)
