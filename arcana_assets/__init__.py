"""arcana_assets: from a company's raw customer files to segments and recommendations, every month, in Dagster.

Belongs here: the version; a folder is a capability, and docs/design.md is the map. Does not belong here: any code.
"""

__version__ = "1.0.0"
