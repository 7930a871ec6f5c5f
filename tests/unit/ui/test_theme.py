import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui import bundles, colour, samples, theme

colours = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)
themes = st.builds(
    theme.Theme,
    brand=colours,
    accent=colours,
    paper=colours,
    ink=colours,
    type_pair=st.sampled_from(theme.TYPE_PAIRS),
    radius=st.sampled_from(sorted(theme.RADII)),
)


def too_faint(roles: dict[str, str]) -> list[tuple[str, str, float]]:
    wanted = [(pair, 4.5) for pair in theme.TEXT_PAIRS]
    wanted += [(pair, 3.0) for pair in theme.SHAPE_PAIRS]
    measured = (
        (front, back, ratio, colour.contrast(roles[front], roles[back]))
        for (front, back), ratio in wanted
    )
    return [(f, b, round(is_, 2)) for f, b, ratio, is_ in measured if is_ < ratio]


@given(chosen=themes, dark=st.booleans())
def test_any_four_colours_make_a_theme_that_reads(chosen, dark):
    assert too_faint(theme.palette(chosen, dark=dark)) == []


@pytest.mark.parametrize("name", sorted(samples.THEMES))
@pytest.mark.parametrize("dark", [False, True])
def test_the_sample_themes_read(name, dark):
    assert too_faint(theme.palette(samples.THEMES[name], dark=dark)) == []


def test_a_brand_that_reads_is_kept_as_chosen():
    assert theme.palette(theme.Theme(brand="#6d1f3c"))["brand"] == "#6d1f3c"


def test_a_pale_brand_is_written_on_in_dark():
    roles = theme.palette(theme.Theme(brand="#ffd23f"))

    assert colour.luminance(roles["on-brand"]) < 0.05


@pytest.mark.parametrize(
    "hostile",
    [
        "red",
        "",
        None,
        7,
        "#12345",
        "#1234567",
        "#12345g",
        "#fff;}body{display:none",
        "#ffffff\n",
        "url(//evil)",
        "#１２３456",
        "\x00#ffffff",
    ],
)
@pytest.mark.parametrize("field", ["brand", "accent", "paper", "ink"])
def test_anything_but_a_hex_colour_is_refused(field, hostile):
    with pytest.raises(ValueError, match="hexadecimal"):
        theme.Theme(**{field: hostile})


@pytest.mark.parametrize("field", ["type_pair", "header", "radius"])
def test_an_unknown_choice_is_refused(field):
    with pytest.raises(ValueError, match="is one of"):
        theme.Theme(**{field: "0}*{color:red"})


def test_short_colours_are_written_out():
    assert theme.Theme(brand="#0A4").brand == "#00aa44"


def test_the_stylesheet_dresses_light_dark_and_the_chosen_mode():
    text = theme.stylesheet(theme.Theme(type_pair="editorial"))

    assert text.startswith(":root{color-scheme:light;--paper:#")
    assert "@media (prefers-color-scheme:dark){:root:not([data-theme=light])" in text
    assert ":root[data-theme=dark]{" in text
    assert "Fraunces" in text


def test_the_version_changes_with_the_theme():
    assert theme.version(theme.Theme()) != theme.version(theme.Theme(brand="#333333"))


def test_the_committed_theme_is_the_computed_one():
    written = (bundles.ROOT / "css" / "theme.css").read_text()

    assert written.endswith(theme.stylesheet(theme.DEFAULT))


def test_every_font_that_a_pair_asks_for_is_there_and_light():
    for files in theme.FONT_FILES.values():
        for file in files:
            assert (bundles.ROOT / "fonts" / file).stat().st_size < 30_000
