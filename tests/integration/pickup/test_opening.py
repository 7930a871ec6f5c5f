from datetime import UTC, date, datetime

import pytest

from kernel import hours
from pickup.models import Closure

from .conftest import NOW


@pytest.mark.parametrize(
    ("moment", "is_open", "status"),
    [
        (datetime(2026, 11, 23, 12, tzinfo=UTC), True, "Open until 18:00"),
        (datetime(2026, 11, 23, 7, tzinfo=UTC), False, "Opens today at 09:00"),
        (datetime(2026, 11, 23, 20, tzinfo=UTC), False, "Opens tomorrow at 09:00"),
        (datetime(2026, 11, 28, 17, tzinfo=UTC), False, "Opens Monday at 09:00"),
    ],
)
def test_a_status_is_a_whole_sentence(pickup, rules, moment, is_open, status):
    opening = pickup.opening(now=moment)

    assert (opening.is_open, opening.status) == (is_open, status)


def test_the_week_is_told_day_by_day(pickup, rules, django_assert_num_queries):
    with django_assert_num_queries(1):
        opening = pickup.opening(now=NOW)

    assert [day.name for day in opening.week][::6] == ["Monday", "Sunday"]
    assert opening.week[0].hours == ["09:00–18:00"]
    assert opening.week[0].is_today
    assert opening.week[6].hours == []
    assert opening.source == rules.opening_hours


def test_closed_days_are_said_and_counted(pickup, rules):
    Closure.objects.create(
        starts_on=date(2026, 11, 23), ends_on=date(2026, 11, 24), reason="Moving"
    )

    opening = pickup.opening(now=datetime(2026, 11, 23, 12, tzinfo=UTC))

    assert opening.status == "Opens Wednesday at 09:00"
    assert opening.note == "Closed 23 November – 24 November: Moving."


def test_the_hub_is_told_of_closed_days(pickup, rules, shop):
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    Closure.objects.create(starts_on=noon.date(), ends_on=noon.date())

    told = pickup.opening(now=noon).source
    status = hours.status(told, zone=shop.zone, now=noon)
    assert not status.is_open
    assert status.until == datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "status"),
    [
        ("Mo 09:00-24:00", "Open until 24:00"),
        ("Mo 09:00-02:00", "Open until 02:00"),
        ("Mo 09:00-24:00; Tu 00:00-10:00", "Open until Tuesday 10:00"),
        ("Mo-We 00:00-24:00", "Open until Wednesday 24:00"),
    ],
)
def test_midnight_is_the_end_of_its_day(pickup, rules, hours, status):
    rules.opening_hours = hours
    rules.save()

    assert pickup.opening(now=NOW).status == status


@pytest.mark.parametrize(
    ("hours", "status"),
    [("24/7", "Always open"), ("off", "Closed for now")],
)
def test_hours_that_never_change(pickup, rules, hours, status):
    rules.opening_hours = hours
    rules.save()

    assert pickup.opening(now=NOW).status == status
