import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pickup.windows import ClosedDays, plan

BERLIN = ZoneInfo("Europe/Berlin")
DUBLIN = ZoneInfo("Europe/Dublin")
HALF_HOUR = timedelta(minutes=30)


def local_starts(text: str, *, zone: ZoneInfo, day: date, minutes: int = 30):
    (planned,) = plan(
        text, zone=zone, first=day, days=1, length=timedelta(minutes=minutes)
    )
    return [f"{s.starts_at.astimezone(zone):%H:%M%z}" for s in planned.stretches]


def test_spring_forward_leaves_no_slot_in_the_missing_hour():
    # 28 March 2027 is the Sunday on which Berlin's clock jumps from 02:00 to 03:00.
    starts = local_starts(
        "Su 01:30-04:00,09:00-12:00", zone=BERLIN, day=date(2027, 3, 28)
    )

    assert starts[:3] == ["01:30+0100", "03:00+0200", "03:30+0200"]
    assert starts[3] == "09:00+0200"
    assert len(starts) == len(set(starts)) == 9


def test_autumn_back_gives_the_doubled_hour_twice_its_slots():
    starts = local_starts("Su 01:00-03:00", zone=DUBLIN, day=date(2026, 10, 25))

    assert starts == [
        "01:00+0100",
        "01:30+0100",
        "01:00+0000",
        "01:30+0000",
        "02:00+0000",
        "02:30+0000",
    ]


def test_what_is_shorter_than_a_slot_is_not_offered():
    starts = local_starts("Mo 09:00-10:20", zone=DUBLIN, day=date(2026, 11, 23))

    assert starts == ["09:00+0000", "09:30+0000"]


def test_a_window_past_midnight_belongs_to_both_days():
    days = plan(
        "Mo 23:00-01:00",
        zone=DUBLIN,
        first=date(2026, 11, 23),
        days=2,
        length=HALF_HOUR,
    )

    assert [len(day.stretches) for day in days] == [2, 2]


def test_a_closed_day_has_no_slots_and_says_why():
    days = plan(
        "Mo-Su 09:00-10:00",
        zone=DUBLIN,
        first=date(2026, 12, 24),
        days=4,
        length=HALF_HOUR,
        closures=[ClosedDays(date(2026, 12, 25), date(2026, 12, 26), "Christmas")],
    )

    assert [(len(day.stretches), day.reason) for day in days] == [
        (2, None),
        (0, "Christmas"),
        (0, "Christmas"),
        (2, None),
    ]


ZONES = ["Europe/Berlin", "Europe/Dublin", "America/St_Johns", "Australia/Lord_Howe"]


@given(
    zone=st.sampled_from(ZONES),
    first=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    minutes=st.integers(5, 480),
    text=st.sampled_from(
        ["24/7", "Mo-Su 00:30-05:00", "Mo-Fr 22:00-03:00; Sa 01:15-02:45"]
    ),
)
def test_slots_never_overlap_and_keep_their_length(zone, first, minutes, text):
    length = timedelta(minutes=minutes)

    days = plan(text, zone=ZoneInfo(zone), first=first, days=3, length=length)

    stretches = [stretch for day in days for stretch in day.stretches]
    assert all(s.ends_at - s.starts_at == length for s in stretches)
    assert all(
        earlier.ends_at <= later.starts_at
        for earlier, later in itertools.pairwise(stretches)
    )
    for day in days:
        for stretch in day.stretches:
            assert stretch.starts_at.astimezone(ZoneInfo(zone)).date() == day.date


@given(
    zone=st.sampled_from(ZONES),
    first=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    offset=st.integers(0, 5),
)
def test_a_day_is_cut_the_same_whatever_range_is_asked_for(zone, first, offset):
    options = {"zone": ZoneInfo(zone), "length": timedelta(minutes=25)}
    whole = plan("24/7", first=first, days=6, **options)

    (alone,) = plan("24/7", first=first + timedelta(days=offset), days=1, **options)

    assert alone == whole[offset]


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_a_day_of_23_or_25_hours_is_cut_into_real_hours(day):
    starts = local_starts("24/7", zone=DUBLIN, day=day, minutes=60)

    begins = datetime(day.year, day.month, day.day, tzinfo=DUBLIN).astimezone(UTC)
    ends = datetime(day.year, day.month, day.day, 23, 59, tzinfo=DUBLIN)
    hours = (ends.astimezone(UTC) - begins + timedelta(minutes=1)) / timedelta(hours=1)
    assert len(starts) == hours
