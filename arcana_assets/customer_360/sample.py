"""The sample of customers that methods learn from where there are more than memory holds.

Belongs here: who is in it, told of the id alone, so that every table and every month has the same customers. Does not
belong here: how many a method learns from, what is done for all customers (the capabilities).
"""

import ibis.expr.types as ir

_DIGITS = 16  # of the hexadecimal number that a share becomes; ids are spread over far more


def sampled(ids: ir.StringValue, share: float) -> ir.BooleanValue:
    """Whether each customer is in the sample of a share of all, 0 to 1; that of a smaller share is part of it.

    By the MD5 of the id, which every engine has and says alike, and which no order of ids or of rows leans on.
    """
    return ids.hexdigest("md5") < limit_of(share)


def some_of(rows: ir.Table, most: int, count: int) -> ir.Table:
    """The rows of about `most` of `count` customers, or of all where there are no more. Takes a customer_id."""
    return rows.filter(sampled(rows.customer_id, most / count)) if count > most else rows


def limit_of(share: float) -> str:
    """The hexadecimal text below which the MD5 of the ids in the sample lies; above all of them for everybody.

    >>> limit_of(0.25), limit_of(1.0)
    ('4000000000000000', 'g')
    """
    return "g" if share >= 1 else f"{int(share * 16**_DIGITS):0{_DIGITS}x}"
