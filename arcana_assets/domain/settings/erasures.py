"""What the erasure of a customer may touch.

Belongs here: what a domain decides of it. Does not belong here: carrying it out (`erasure`).
"""

from pydantic import Field

from arcana_assets.domain.yaml.file import Strict


class Erasures(Strict):
    """How customers of a domain are erased."""

    rewrite_landing: bool = Field(
        False,
        description="whether delivered text files are written again without the lines of erased customers; else the "
        "proof names them, and they are refused whenever they are read",
    )
