"""Settings of the customer record: its database, and the process that keeps it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, SecretStr

from adapters.configuration.section import section_config
from adapters.configuration.shared import Exposed

__all__ = ("RecordSettings", "RecordUrl")


def _url(url: SecretStr) -> SecretStr:
    # the library of databases takes a while, and few commands ask for it
    from adapters.record.database import async_url
    from adapters.record.errors import RecordUrlError

    try:
        async_url(url.get_secret_value())
    except RecordUrlError as error:
        raise ValueError(str(error)) from None
    return url


RecordUrl = Annotated[SecretStr, AfterValidator(_url)]


class RecordSettings(Exposed):
    """Of the record. ``url``: its database, which the API asks as well; ``archive``: where journal
    records are read that the journal has no more; ``connectors``: where else something is known of
    customers, for the API."""

    model_config = section_config("record")

    url: RecordUrl | None = None
    archive: Path | None = None
    connectors: Path | None = None
