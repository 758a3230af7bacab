"""What all models that cross a border share."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer

MOST_POINTS, MOST_DECIMALS = 1_000_000, 100


class Frozen(BaseModel):
    """A value read from or written to a file or pipe: immutable, closed, without NaN or infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)


def _in_range(value: Decimal) -> Decimal:
    exponent = value.as_tuple().exponent
    if abs(value) > MOST_POINTS or not isinstance(exponent, int) or exponent < -MOST_DECIMALS:
        raise ValueError("this is no number of points")
    return value


Exact = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]
"""An exact decimal inside, a plain number in JSON."""

Points = Annotated[Exact, AfterValidator(_in_range)]
"""Points are exact decimals, and bounded: the digits of ``1E+999999`` in a receipt would take minutes to write."""


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("this is in no year from 1 to 9999") from None


Moment = Annotated[datetime, AfterValidator(_in_utc)]
"""A time, in UTC."""


def _as_bytes(value: object) -> object:
    return value.encode("latin-1") if isinstance(value, str) else value


Raw = Annotated[
    bytes,
    BeforeValidator(_as_bytes, json_schema_input_type=str),
    PlainSerializer(lambda value: value.decode("latin-1"), return_type=str, when_used="json"),
]
"""Any bytes. In JSON they are text with one letter for each byte (Latin-1): mostly ASCII, it reads and packs well."""
