import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui import colour

colours = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)


@given(value=colours)
def test_a_colour_survives_the_journey_through_oklch(value):
    back = colour.parse(value).hex()

    channels = zip(bytes.fromhex(value[1:]), bytes.fromhex(back[1:]), strict=True)
    assert all(abs(before - after) <= 1 for before, after in channels)


def test_contrast_is_the_one_of_wcag():
    assert colour.contrast("#ffffff", "#000000") == pytest.approx(21)
    assert colour.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@given(value=colours, background=colours)
def test_readable_text_can_be_had_on_any_background(value, background):
    assert colour.contrast(colour.readable(value, on=[background]), background) >= 4.5


def test_a_colour_that_reads_is_left_alone():
    assert colour.readable("#123456", on=["#ffffff"]) == "#123456"


@given(background=colours)
def test_text_on_a_fill_reads(background):
    assert colour.contrast(colour.text_on(background), background) >= 4.5


def test_mixing_goes_from_one_to_the_other():
    assert colour.mix("#000000", "#ffffff", 0.0) == "#000000"
    assert colour.mix("#000000", "#ffffff", 1.0) == "#ffffff"
