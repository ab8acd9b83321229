"""The engines that every expression has to compile for."""

import ibis

from arcana_assets.engine.spark.compiler import compiler_of_spark


def statements(expression):
    """The expression as SQL of DuckDB and of Spark; raises where Ibis cannot say it in one of them."""
    compiler = compiler_of_spark()
    spark = compiler.to_sqlglot(expression.unbind()).sql(dialect=compiler.dialect)
    return {"duckdb": str(ibis.to_sql(expression, dialect="duckdb")), "spark": spark}
