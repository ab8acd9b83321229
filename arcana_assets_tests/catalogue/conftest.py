"""The fixtures of a domain in a folder of its own, which `domain` and `catalogue` both read."""

from arcana_assets_tests.worlds.folder import accepted, contract, domain, folder, said

__all__ = ["accepted", "contract", "domain", "folder", "said"]
