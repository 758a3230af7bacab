"""What all models that cross a border share."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer


class Frozen(BaseModel):
    """A value read from or written to a file or pipe: immutable, closed, without NaN or infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)


Points = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]
"""Points inside are exact decimals; in JSON they are plain numbers."""


def _as_bytes(value: object) -> object:
    return value.encode("latin-1") if isinstance(value, str) else value


Raw = Annotated[
    bytes,
    BeforeValidator(_as_bytes, json_schema_input_type=str),
    PlainSerializer(lambda value: value.decode("latin-1"), return_type=str, when_used="json"),
]
"""Any bytes. In JSON they are text with one letter for each byte (Latin-1): mostly ASCII, it reads and packs well."""
