"""What all models that cross a border share."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer


class Frozen(BaseModel):
    """A value read from or written to a file or pipe: immutable, closed, without NaN or infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)


Points = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]
"""Points inside are exact decimals; in JSON they are plain numbers."""
