"""Many values joined by one operator: an expression as deep as the logarithm of their number.

Belongs here: what keeps expressions over every column of a source shallow; a chain over 1,000 of them is deeper than
Python and the engine go. Does not belong here: which values (`conform`, `dating`, `refusal`).
"""

from collections.abc import Callable, Sequence

import ibis.expr.types as ir


def joined(operator: Callable[[ir.Value, ir.Value], ir.Value], values: Sequence[ir.Value]) -> ir.Value:
    """The values, of which there is one at least, in their order, joined by an associative operator."""
    if len(values) == 1:
        return values[0]
    half = len(values) // 2
    return operator(joined(operator, values[:half]), joined(operator, values[half:]))
