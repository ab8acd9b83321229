"""What three customers of the shop are expected to pay in three months, how that was judged, and what came of it.

Rows of the tables of predictions. The ratio saves 36 % of the last period's squared error on both hold-outs, the
window's rate loses 11 % in the mean; three customers are expected to pay £ 3,734 in May and £ 3,000 in April.
"""

from datetime import date
from typing import Any

MARCH, APRIL, MAY = (date(2011, month, 1) for month in (3, 4, 5))
OF: dict[str, Any] = {"prediction": "gasto", "horizon": 3, "unit": "months"}


def _said(customer: str, month: date, expected: float, decile: int, **more: Any) -> dict[str, Any]:
    row = {"customer_id": customer, "month": month, "made_in": month, "expected": expected, "decile": decile}
    return OF | row | {"low": 0.0, "high": 5000.0, "champion": "ratio", "paid_last_period": 900.0} | more


SPEND = [
    _said("C002", MAY, 1234.4, 3, reasons="Comprou há 90 dias (abaixo do ritmo)"),
    _said("=1+1", MAY, 2000.0, 10, low=100.0, high=9000.0, reasons="<b>Ritmo</b>; =1+1", reason_1="<b>Ritmo</b>"),
    _said("C000", MAY, 500.0, 1, reasons="No seu próprio ritmo"),
    *(_said(customer, APRIL, 1000.0, 5, reasons="No seu próprio ritmo") for customer in ("C002", "=1+1", "C000")),
]
_ERRORS = {  # RMSE on each hold-out
    "last_period": (1000.0, 2000.0),
    "window_rate": (950.0, 2300.0),
    "half_and_half": (920.0, 1700.0),
    "ratio": (800.0, 1600.0),
    "mean": (910.0, 1650.0),
}
SPEND_BOARD = [
    OF
    | {"month": MAY, "candidate": name, "hold_out": hold_out, "n": 60, "events": 30, "rmse": rmse, "mae": rmse / 4}
    | {"spearman": 0.5, "revenue_10": 0.6, "coverage": None if hold_out == MARCH else 0.85}
    | {"skill": 1 - (rmse / last) ** 2, "low": 0.0, "high": 0.02, "serves": name == "ratio"}
    for name, errors in _ERRORS.items()
    for hold_out, rmse, last in zip((MARCH, APRIL), errors, _ERRORS["last_period"], strict=True)
]
SPEND_RESULTS = [
    OF
    | {"month": MAY, "made_in": date(2011, 2, 1), "champion": "mean", "n": 50, "events": 20}
    | {"expected": 40000.0, "paid": 38500.0, "rmse": 1400.0, "mae": 300.0, "spearman": 0.5, "revenue_10": 0.6}
    | {"coverage": 0.82, "skill": 0.12, "hold_out_skill": 0.2}
]
SPEND_MODEL = {"month": MAY, "horizon": 3, "unit": "months", "made_in": MAY, "champion": "ratio", "reason": "x"} | {
    "rows": 170,
    "events": 80,
    "evaluation": "[]",
}
