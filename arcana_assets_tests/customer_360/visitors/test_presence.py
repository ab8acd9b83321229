"""Presence: a visit is a customer and a local day; stays that overlap count once, impossible ones have no time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arcana_assets.customer_360.visitors.devices import footfall_daily, staff_devices
from arcana_assets.customer_360.visitors.presence import FAULTS, presence, presence_daily, presence_monthly, seen
from arcana_assets.customer_360.visitors.tables import PRESENCE_MONTHLY, STAFF_DEVICES
from arcana_assets_tests.customer_360.listed.silver_rows import APR, JAN, JUN, MAY, periods, silver, table

SAO_PAULO = "America/Sao_Paulo"


def stay(began, ended=None, who="ana", zone="z1"):
    return {"visit_id": f"{who}{began}", "customer_id": who, "zone_id": zone, "entered_at": began, "left_at": ended}


def session(began, ended=None, who="ana", zone="z1", device="d", signal=-50):
    return {
        "session_id": f"{device}{began}", "device_id": device, "customer_id": who, "zone_id": zone,
        "started_at": began, "ended_at": ended, "signal": signal,
    }  # fmt: skip


def receipt(at, who="ana", store="s", kind="sale"):
    return {"order_id": at, "customer_id": who, "ordered_at": at, "store_id": store, "kind": kind}


def daily(visits=(), sessions=(), receipts=(), events=(), timezone="UTC"):
    given = {
        "visits": silver("visits", *visits),
        "wifi_sessions": silver("wifi_sessions", *sessions),
        "transactions": silver("transactions", *receipts),
        "app_events": silver("app_events", *events),
    }
    return presence_daily(seen(given, timezone))


def test_two_trips_in_two_zones_seen_by_two_sources_are_one_visit(one):
    row = one(
        daily(
            [stay("2024-06-01 10:00", "2024-06-01 11:00"), stay("2024-06-01 18:00", "2024-06-01 18:30", zone="z2")],
            [session("2024-06-01 10:30", "2024-06-01 11:30", zone="z3")],
            [receipt("2024-06-01 10:45"), receipt("2024-06-01 10:50", store="t")],
        )
    )
    told = ("stays", "sessions", "receipts", "app_events", "zones", "stores", "seconds")
    assert [row[name] for name in told] == [2, 1, 2, 0, 3, 2, 7200]  # 10:00 to 11:30, 18:00 to 18:30
    assert row["overlapping"] == 1


@pytest.mark.parametrize(
    ("ended", "seconds", "fault"),
    [
        (None, None, "without_end"),
        ("2024-06-01 09:59", None, "impossible_end"),  # before the beginning
        ("2024-06-02 02:00:01", None, "impossible_end"),  # more than 16 hours
        ("2024-06-02 02:00", 16 * 3600, None),
        ("2024-06-01 10:00", 0, None),
    ],
)
def test_a_stay_without_a_possible_end_is_a_visit_without_a_time_and_counted(one, ended, seconds, fault):
    row = one(daily([stay("2024-06-01 10:00", ended)]))
    assert (row["stays"], row["seconds"]) == (1, seconds)
    assert {name: row[name] for name in FAULTS} == {name: int(name == fault) for name in FAULTS}


def test_a_return_is_no_visit_and_of_the_app_only_what_happens_in_the_house_is_one(rows_of):
    events = [
        {"event_id": str(place), "customer_id": "ana", "kind": kind, "happened_at": f"2024-06-0{place + 1} 12:00"}
        for place, kind in enumerate(["open", "coupon_seen", "coupon_used", "parking_paid", "receipt_scanned"])
    ]
    days = [str(row["day"]) for row in rows_of(daily(receipts=[receipt("2024-06-09", kind="return")], events=events))]
    assert days == ["2024-06-03", "2024-06-04"]


def test_the_day_the_weekend_and_the_evening_are_local(one):
    # 01:30 on Monday in UTC is 22:30 on Sunday in São Paulo.
    days = daily([stay("2024-06-03 01:30", "2024-06-03 02:00")], timezone=SAO_PAULO)
    month = one(presence_monthly(days, SAO_PAULO))
    assert (str(month["first_day"]), month["weekend_visits"], month["evening_visits"]) == ("2024-06-02", 1, 1)


def test_days_that_a_receipt_alone_tells_of_are_counted(one):
    days = daily([stay("2024-06-01 10:00")], receipts=[receipt("2024-06-01 11:00"), receipt("2024-06-02 11:00")])
    month = one(presence_monthly(days, "UTC"))
    told = ("visits", "receipt_days", "days_by_receipt_only", "timed_visits", "zoned_visits")
    assert [month[name] for name in told] == [2, 2, 1, 0, 1]


_minutes = st.lists(st.tuples(st.integers(0, 600), st.integers(0, 120)), min_size=1, max_size=8)


@settings(max_examples=25, deadline=None)
@given(_minutes)
def test_the_time_of_a_day_is_that_of_the_union_of_its_stays(backend, stays):
    rows = [stay(_at(begin), _at(begin + length)) for begin, length in stays]
    covered = {minute for begin, length in stays for minute in range(begin, begin + length)}
    (found,) = backend.to_pyarrow(daily(rows)).to_pylist()
    assert (found["seconds"], found["stays"]) == (60 * len(covered), len(stays))


def _at(minute):
    return f"2024-06-01 {8 + minute // 60:02}:{minute % 60:02}"


def monthly(*rows):
    whole = {name: 0 for name in PRESENCE_MONTHLY.columns if name not in ("first_day", "last_day")}
    return table([whole | {"last_day": row["month"]} | row for row in rows], PRESENCE_MONTHLY.arrow)


def facet(*rows, staff=(), visits=6, month=JUN, **more):
    return presence(monthly(*rows), table(list(staff), STAFF_DEVICES.arrow), periods(month, **more), visits)


def test_shares_are_drawn_towards_those_of_the_base(by_customer):
    rows = [
        {"customer_id": "ana", "month": MAY, "visits": 2, "weekend_visits": 2},
        {"customer_id": "bob", "month": MAY, "visits": 18, "weekend_visits": 3},
    ]
    drawn = by_customer(facet(*rows))  # of the base a quarter
    assert drawn["ana"]["weekend_share"] == pytest.approx((2 + 6 * 0.25) / 8)
    assert drawn["bob"]["weekend_share"] == pytest.approx((3 + 6 * 0.25) / 24)
    plain = by_customer(facet(*rows, visits=0))
    assert (plain["ana"]["weekend_share"], plain["bob"]["weekend_share"]) == (1, 3 / 18)


def test_the_facet_is_of_the_lookback_and_says_how_visits_went(by_customer):
    rows = [
        {"customer_id": "ana", "month": JAN, "visits": 1},
        {"customer_id": "ana", "month": MAY, "visits": 3, "seconds": 5400, "timed_visits": 2},
        {"customer_id": "bob", "month": JAN, "visits": 1},
    ]
    found = by_customer(facet(*rows, visits=0))["ana"]
    assert (found["visits"], found["active_months"], found["visits_trend"]) == (4, 2, 0.5)
    assert (found["dwell_minutes"], found["days_since_visit"]) == (45, 61)
    later = by_customer(presence(monthly(*rows), table([], STAFF_DEVICES.arrow), periods(JUN, lookback=3), 0))
    assert list(later) == ["ana"]
    young = by_customer(facet(*rows, begun=APR))
    assert young["ana"]["visits_trend"] is None


def at_work(device, days, hours, who=None):
    return [
        session(f"2024-06-{day:02} 09:00", f"2024-06-{day:02} {9 + hours:02}:00", who=who, device=device)
        for day in range(1, days + 1)
    ]


def test_a_device_that_is_there_on_many_long_days_is_of_staff(rows_of):
    rows = [*at_work("works", 12, 5, "ana"), *at_work("seldom", 11, 9), *at_work("short", 20, 4)]
    sessions = silver("wifi_sessions", *rows)
    found = [(row["device_id"], row["customer_id"], row["days"], row["median_minutes"]) for row in rows_of(
        staff_devices(sessions, "UTC")
    )]  # fmt: skip
    assert found == [("works", "ana", 12, 300.0)]


def test_who_works_in_the_house_is_told_by_a_device_of_the_lookback(by_customer):
    rows = [{"customer_id": who, "month": MAY, "visits": 1} for who in ("ana", "bob")]
    device = {"month": JAN, "device_id": "d", "customer_id": "ana", "days": 20, "median_minutes": 480.0}
    found = by_customer(facet(*rows, staff=[device]))
    assert (found["ana"]["is_staff"], found["bob"]["is_staff"]) == (True, False)


def test_footfall_tells_members_passers_by_and_staff_apart_and_loses_no_session(rows_of):
    sessions = silver(
        "wifi_sessions",
        *at_work("works", 12, 6),
        session("2024-06-01 09:10", "2024-06-01 09:11", who=None, device="p", signal=-80),
        session("2024-06-01 09:20", "2024-06-01 09:21", who=None, device="q", signal=-60),  # near: no passer-by
        session("2024-06-01 09:30", "2024-06-01 09:31", who="ana", device="m", signal=-80),
        session("2024-06-01 09:40", None, who=None, device="p", signal=-80, zone=None),
    )
    found = rows_of(footfall_daily(sessions, staff_devices(sessions, "UTC"), "UTC"))
    first = [row for row in found if str(row["day"]) == "2024-06-01"]
    told = ("zone_id", "hour", "sessions", "of_members", "of_passers_by", "of_staff", "devices")
    assert [tuple(row[name] for name in told) for row in first] == [("?", 9, 1, 0, 0, 0, 1), ("z1", 9, 4, 1, 1, 1, 4)]
    assert sum(row["sessions"] for row in found) == 16
