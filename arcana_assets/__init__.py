"""arcana_assets: from a company's raw customer files to segments and recommendations, every month, in Dagster."""

__version__ = "0.1.0"
