"""Use cases of the characters domain."""

from characters.service.dialogue import Manner
from characters.service.memory import purge, summarise
from characters.service.use_cases import (
    create_batch,
    create_character,
    delete_character,
    forget,
    react,
    speak,
    update_character,
)

__all__ = [
    "Manner",
    "create_batch",
    "create_character",
    "delete_character",
    "forget",
    "purge",
    "react",
    "speak",
    "summarise",
    "update_character",
]
