"""The key of a deployment: which one it is without telling it, and what is wrong where it lacks or is another.

Belongs here: errors about keys. Does not belong here: reading the key (`deployment.pseudonym_key`), what is hashed
under it (`names`, `erasure.register`).
"""

import hashlib
import hmac
from collections.abc import Iterable

from arcana_assets.deployment import PSEUDONYM_KEY
from arcana_assets.domain.errors import ArcanaError


class NoKey(ArcanaError):
    """There is no key, and something has to be hashed under it."""

    def __init__(self, domain: str, why: str):
        super().__init__(
            f"{domain}: {why}, and {PSEUDONYM_KEY} is not set. Expected a secret of 32 characters or more, or a "
            f"file of mode 0600 outside of the lake in {PSEUDONYM_KEY}_FILE; make one with `openssl rand -hex 32`, "
            "keep it as long as the domain, and give it to every process of the platform. Nothing was read or written."
        )


class AnotherKey(ArcanaError):
    """What lies in the lake was hashed under another key; `what` was, and what would come of it."""

    def __init__(self, domain: str, found: str, known: Iterable[str], what: str):
        super().__init__(
            f"{domain}: {PSEUDONYM_KEY} is the key {found}, but under {', '.join(sorted(known))} {what}. Nothing was "
            "read or written. Set the key of before."
        )


def key_id(key: bytes) -> str:
    """What tells a key from others and not what it is."""
    return hmac.new(key, b"arcana_assets: which key", hashlib.sha256).hexdigest()[:16]
