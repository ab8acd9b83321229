"""Who is held out is drawn by chance, once for all."""

from arcana_assets.recommendations.held_out import held_out


def test_who_is_held_out_is_so_alone_or_among_others_and_at_every_larger_share() -> None:
    customers = [f"C{number}" for number in range(20_000)]
    few, many = (held_out(customers, share, "retail") for share in (0.05, 0.2))
    assert 0.045 < len(few) / len(customers) < 0.055
    assert 0.19 < len(many) / len(customers) < 0.21
    assert few <= many
    assert held_out(customers[:50], 0.2, "retail") == many & set(customers[:50])
    assert held_out(customers, 0.2, "b2b") != many
    assert not held_out(customers, 0.0, "retail")
