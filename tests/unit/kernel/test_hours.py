"""Opening hours, above all on the days the clock is changed."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel import hours

DUBLIN = ZoneInfo("Europe/Dublin")
BERLIN = ZoneInfo("Europe/Berlin")
PLAIN = "Mo-Fr 09:00-18:00; Sa 10:00-14:00"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def test_text_is_checked_and_put_in_its_usual_spelling():
    assert hours.parse("Mo-Fr 9:00-18:00") == "Mo-Fr 09:00-18:00"


@pytest.mark.parametrize(
    "text", ["", " ", "always", "Mo 25:99-26:00x", "\x00", "9-5", "Mo" * 2000]
)
def test_what_cannot_be_read_is_refused(text):
    with pytest.raises(hours.HoursInvalid):
        hours.parse(text)


@given(st.text(max_size=60))
@settings(max_examples=300)
def test_any_text_is_read_or_refused(text):
    try:
        hours.status(text, zone=DUBLIN, now=utc(2026, 3, 29, 1))
        hours.week(text)
    except hours.HoursInvalid:
        pass


def test_open_says_until_when():
    found = hours.status(PLAIN, zone=DUBLIN, now=utc(2026, 7, 29, 10))

    assert found == hours.Status(is_open=True, until=utc(2026, 7, 29, 17))


def test_closed_says_when_it_opens():
    found = hours.status(PLAIN, zone=DUBLIN, now=utc(2026, 8, 1, 13))  # Saturday 14:00

    assert found == hours.Status(is_open=False, until=utc(2026, 8, 3, 8))


def test_the_closing_minute_is_closed():
    found = hours.status(PLAIN, zone=DUBLIN, now=utc(2026, 7, 29, 17))

    assert not found.is_open


def test_seconds_within_the_last_minute_are_open():
    found = hours.status(PLAIN, zone=DUBLIN, now=utc(2026, 7, 29, 16, 59, 59))

    assert found == hours.Status(is_open=True, until=utc(2026, 7, 29, 17))


@pytest.mark.parametrize(("text", "is_open"), [("24/7", True), ("off", False)])
def test_what_never_changes_has_no_until(text, is_open):
    found = hours.status(text, zone=DUBLIN, now=utc(2026, 7, 29, 10))

    assert found == hours.Status(is_open=is_open, until=None)


def test_closed_days_stand_against_the_week():
    closures = [(date(2026, 12, 25), date(2026, 12, 28))]

    found = hours.status(
        PLAIN, zone=DUBLIN, now=utc(2026, 12, 25, 11), closures=closures
    )

    assert found == hours.Status(is_open=False, until=utc(2026, 12, 29, 9))


def test_a_closed_day_alone_and_over_the_new_year():
    text = hours.with_closures(
        "24/7",
        [
            (date(2026, 5, 1), date(2026, 5, 1)),
            (date(2026, 12, 31), date(2027, 1, 1)),
        ],
    )

    assert hours.intervals(
        text, zone=BERLIN, start=utc(2026, 4, 30, 20), end=utc(2026, 5, 2)
    ) == [
        (utc(2026, 4, 30, 20), utc(2026, 4, 30, 22)),
        (utc(2026, 5, 1, 22), utc(2026, 5, 2)),
    ]
    found = hours.status(text, zone=BERLIN, now=utc(2026, 12, 31, 12))
    assert found == hours.Status(is_open=False, until=utc(2027, 1, 1, 23))


def test_a_night_with_the_hour_left_out_is_an_hour_shorter():
    (stretch,) = hours.intervals(
        "Su 00:30-03:30", zone=DUBLIN, start=utc(2026, 3, 28, 12), end=utc(2026, 3, 30)
    )

    assert stretch.ends_at - stretch.starts_at == timedelta(hours=2)


def test_a_night_with_the_hour_twice_is_an_hour_longer():
    (stretch,) = hours.intervals(
        "Su 00:30-03:30",
        zone=DUBLIN,
        start=utc(2026, 10, 24, 12),
        end=utc(2026, 10, 26),
    )

    assert stretch.ends_at - stretch.starts_at == timedelta(hours=4)


def test_opening_in_the_hour_left_out_is_at_the_jump():
    (stretch,) = hours.intervals(
        "Su 02:30-05:00", zone=BERLIN, start=utc(2026, 3, 28, 12), end=utc(2026, 3, 30)
    )

    assert stretch == (utc(2026, 3, 29, 1), utc(2026, 3, 29, 3))


def test_hours_wholly_within_the_hour_left_out_do_not_take_place():
    assert not hours.intervals(
        "Su 02:10-02:50", zone=BERLIN, start=utc(2026, 3, 28, 12), end=utc(2026, 3, 30)
    )


def test_opening_in_the_hour_that_comes_twice_is_the_first_time():
    (stretch,) = hours.intervals(
        "Su 02:30-05:00",
        zone=BERLIN,
        start=utc(2026, 10, 24, 12),
        end=utc(2026, 10, 26),
    )

    assert stretch == (utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 4))


def test_the_week_keeps_a_night_with_the_day_it_starts_on():
    days = hours.week("Mo 08:00-12:00,13:00-17:00; Fr-Sa 20:00-02:00")

    assert days[0] == [(time(8), time(12)), (time(13), time(17))]
    assert days[4] == days[5] == [(time(20), time(2))]
    assert days[6] == days[1] == []


def test_the_week_of_a_night_shop_starts_with_no_stray_morning():
    days = hours.week("Mo-Su 20:00-02:00")

    assert days == [[(time(20), time(2))]] * 7


def test_round_the_clock_is_seven_whole_days():
    assert hours.week("24/7") == [[(time(), time())]] * 7


def test_a_given_week_shows_its_exceptions():
    text = "Mo-Su 08:00-12:00; 2026 Dec 25 off"

    assert hours.week(text)[4] == [(time(8), time(12))]
    assert hours.week(text, monday=date(2026, 12, 21))[4] == []


def test_equal_days_are_written_together():
    shop_day = [hours.Span(time(9), time(18))]

    text = hours.write([shop_day] * 5 + [[hours.Span(time(10), time(0))], []])

    assert text == "Mo-Fr 09:00-18:00; Sa 10:00-24:00"


quarters = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))


@st.composite
def shop_days(draw) -> list[hours.Span]:
    """Draw a day of up to two spans that neither touch nor pass midnight."""
    marks = sorted(draw(st.sets(quarters, max_size=4)))
    pairs = zip(marks[::2], marks[1::2], strict=False)
    return [hours.Span(opens, closes) for opens, closes in pairs]


weeks = st.lists(shop_days(), min_size=7, max_size=7)
zones = st.sampled_from([DUBLIN, BERLIN])
clock_changes = st.sampled_from(
    [utc(2026, 3, 29, 1), utc(2026, 10, 25, 1), utc(2027, 3, 28, 1), utc(2026, 6, 7, 1)]
)


@given(weeks)
def test_a_written_week_reads_back_the_same(days):
    assert hours.week(hours.write(days)) == days


@given(weeks, st.lists(st.none() | st.integers(0, 23), min_size=7, max_size=7))
def test_nights_are_written_and_read_back_the_same(days, nights):
    """A night span closes before six; no day's first span opens before."""
    for day, night in zip(days, nights, strict=True):
        day[:] = [span for span in day if span.opens >= time(6)]
        if day and night is not None:
            day[-1] = day[-1]._replace(closes=time(night // 4, night % 4 * 15))

    assert hours.week(hours.write(days)) == days


@given(weeks, zones, clock_changes)
def test_stretches_run_forward_and_never_touch(days, zone, change):
    found = hours.intervals(
        hours.write(days),
        zone=zone,
        start=change - timedelta(days=3),
        end=change + timedelta(days=3),
    )

    moments = [moment for stretch in found for moment in stretch]
    assert moments == sorted(set(moments))


@given(weeks, zones, clock_changes, st.integers(-48 * 60, 48 * 60))
def test_a_status_agrees_with_the_stretches(days, zone, change, minutes):
    now = change + timedelta(minutes=minutes)
    text = hours.write(days)

    found = hours.status(text, zone=zone, now=now)

    around = hours.intervals(
        text, zone=zone, start=now - timedelta(days=9), end=now + timedelta(days=9)
    )
    assert found.is_open == any(a <= now < b for a, b in around)
    if found.until is not None:
        assert found.until > now
        boundaries = {moment for stretch in around for moment in stretch}
        assert found.until in boundaries


@given(weeks, zones, clock_changes, st.integers(-48 * 60, 48 * 60))
def test_away_from_the_change_the_wall_clock_decides(days, zone, change, minutes):
    now = change + timedelta(minutes=minutes)
    if abs(now - change) < timedelta(hours=3):
        return
    wall = now.astimezone(zone)

    found = hours.status(hours.write(days), zone=zone, now=now)

    spans = days[wall.weekday()]
    assert found.is_open == any(
        opens <= wall.time().replace(fold=0) < closes for opens, closes in spans
    )


@given(weeks, zones, clock_changes)
def test_windows_side_by_side_are_the_window_in_one(days, zone, change):
    text = hours.write(days)
    edges = [change + timedelta(hours=n) for n in (-36, -1, 0, 1, 36)]

    whole = hours.intervals(text, zone=zone, start=edges[0], end=edges[-1])
    parts = [
        stretch
        for start, end in itertools.pairwise(edges)
        for stretch in hours.intervals(text, zone=zone, start=start, end=end)
    ]

    def length(stretches):
        return sum((b - a for a, b in stretches), timedelta())

    assert length(parts) == length(whole)
