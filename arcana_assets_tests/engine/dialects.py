"""The engines that every expression has to compile for."""

import ibis
import pytest
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from ibis.config import Config


class SparkOptions(Config):
    treat_nan_as_null: bool = False


def statements(expression):
    """The expression as SQL of DuckDB and of Spark; raises where Ibis cannot say it in one of them."""
    with pytest.MonkeyPatch.context() as patch:
        # Ibis registers the options of a backend when its module is loaded, and that of Spark needs Spark.
        patch.setattr(ibis.options, "pyspark", SparkOptions(), raising=False)
        spark = PySparkCompiler().to_sqlglot(expression.unbind()).sql("spark")
    return {"duckdb": str(ibis.to_sql(expression, dialect="duckdb")), "spark": spark}
