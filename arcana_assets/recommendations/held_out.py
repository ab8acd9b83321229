"""The hold-out: customers whose list is kept back, so that the effect of lists can be told.

Belongs here: the one draw of them. Does not belong here: the table of lists kept back (`month`), the comparison with
customers who have theirs (`results`).
"""

import hashlib
from collections.abc import Iterable


def held_out(customers: Iterable[str], share: float, domain: str) -> frozenset[str]:
    """Those among the customers who get no list: about `share` of them, the same ones in every month.

    By the SHA-256 of domain and customer, so that neither order nor who else is there matters; who is held out at one
    share is so at every larger one.
    """
    limit = int(share * 2**32)
    return frozenset(
        each for each in customers if int.from_bytes(hashlib.sha256(f"{domain}:{each}".encode()).digest()[:4]) < limit
    )
