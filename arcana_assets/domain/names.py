"""Names that become parts of asset keys, folders of the lake and names of Dagster objects.

Belongs here: which names are allowed. Does not belong here: how keys and paths are made of them (`lake.names`,
`graph.spec`).
"""

import keyword
import re
import unicodedata
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator

from arcana_assets.domain.errors import nearest

LAYERS = ("landing", "bronze", "silver", "quarantine", "gold", "models", "published", "warehouse")


def checked_name(name: str) -> str:
    """The name itself. Raises ValueError where it is no lower-case word, a Python keyword or the name of a layer."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
        hint = f"; did you mean '{plain}'?" if re.match(r"[a-z]", plain) else ""
        raise ValueError(f"'{name}' is not a name of lower case letters, digits and _ that begins with a letter{hint}")
    if keyword.iskeyword(name) or name in LAYERS:
        raise ValueError(f"'{name}' is reserved ({'a layer of the lake' if name in LAYERS else 'a word of Python'})")
    return name


def as_name(text: str, otherwise: str = "sem_nome") -> str:
    """A text of a company's data as the end of a column's name: lower case, without accents, `_` for all else.

    >>> as_name("Serviços & Saúde")
    'servicos_saude'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or otherwise


def checked_timezone(name: str) -> str:
    """The name itself. Raises ValueError where no timezone of the IANA database has it."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: 'Europe' is a folder of timezones
        hint = nearest(name, available_timezones(), listed=False)
        raise ValueError(f"'{name}' is not an IANA timezone such as America/Sao_Paulo{hint}") from None
    return name


Timezone = Annotated[str, AfterValidator(checked_timezone)]
Name = Annotated[str, AfterValidator(checked_name)]
