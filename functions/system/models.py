"""What the API says about itself."""

from __future__ import annotations

from pydantic import BaseModel, Field


class ApiInfo(BaseModel):
    """Who is answering."""

    name: str = "Meddah"
    description: str = "Karakterlere ses, yüz ve hafıza veren Türkçe karakter API'si."
    version: str
    docs: str = "/docs"
    openapi: str = "/openapi.json"
    health: str = "/health"


class Health(BaseModel):
    """Whether everything the API stands on can be reached."""

    status: str = Field(examples=["ok"])
    version: str
    checks: dict[str, str] = Field(description="Each table, queue and the file store: `ok`.")
