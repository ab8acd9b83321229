"""Checks of segmentation: results that warn, with what was found in the description and all of it in the metadata.

Belongs here: how findings become the result of a check. Does not belong here: finding them (the other rooms).
"""

from collections.abc import Sequence

import dagster as dg

from arcana_assets.graph.checks import verdict
from arcana_assets.presentation.language import DEFAULT, Language
from arcana_assets.presentation.markdown import bullets

SAID = 6  # findings in the description of a check; the metadata have all


def findings(
    key: dg.AssetKey, name: str, found: Sequence[str], fine: str, language: Language = DEFAULT
) -> dg.AssetCheckResult:
    """A warning of everything found; `fine` is said where nothing was."""
    listed = {"count": len(found), "findings": dg.MetadataValue.md(bullets(*found))}
    return verdict(key, name, not found, said(found, language) or fine, listed)


def said(found: Sequence[str], language: Language = DEFAULT) -> str:
    """The first findings as sentences, and how many more there are."""
    left = len(found) - SAID
    more = " " + language.say("segmentation.moves.and_more", n=left) if left > 0 else ""
    return " ".join(f"{each}." for each in found[:SAID]) + more
