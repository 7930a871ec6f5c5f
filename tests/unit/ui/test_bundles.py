import pathlib
import re

import pytest
from django.contrib.staticfiles import finders

from ui import bundles


@pytest.fixture
def finder():
    return bundles.BundleFinder()


@pytest.mark.parametrize("surface", bundles.SURFACES)
def test_a_stylesheet_is_joined_from_all_its_parts(surface):
    text = bundles.join_css(surface)

    assert "@import" not in text
    assert text.startswith("@layer base, layout, components, utilities;")
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize("surface", bundles.SURFACES)
def test_a_script_is_joined_from_all_its_modules(surface):
    text = bundles.join_js(surface)

    assert not re.search(r"^(import|export)\b", text, re.MULTILINE)
    assert "htmx:configRequest" in text


def test_what_the_workspace_adds_stays_inside_its_own_element():
    text = bundles.join_css("workspace")

    assert "@layer components {\n.qc {" in text


def test_every_class_of_javascript_stays_under_its_size():
    for module in (bundles.ROOT / "js").glob("*.js"):
        assert len(module.read_text().splitlines()) < 100, module.name


def test_addresses_in_css_hold_after_joining():
    for file in (bundles.ROOT / "css").rglob("*.css"):
        for address in re.findall(r"url\(\"?([^\")]+)", file.read_text()):
            assert (bundles.ROOT / "build" / address).resolve().is_file(), address


def test_the_finder_serves_a_bundle(finder):
    path = pathlib.Path(finder.find("ui/build/storefront.css"))

    assert path.read_text() == bundles.join_css("storefront")


def test_the_finder_leaves_other_files_to_others(finder):
    assert finder.find("ui/css/base.css") == []
    assert finder.find("../../etc/passwd") == []


def test_the_finder_lists_every_bundle_for_collectstatic(finder):
    listed = {path: storage.exists(path) for path, storage in finder.list(None)}

    packed = {f"{path}.gz" for path in bundles.JOINERS}
    assert listed == dict.fromkeys({*bundles.JOINERS, *packed}, True)


def test_the_script_of_a_page_is_small_on_its_way(finder):
    for surface in ("storefront", "hub"):
        sizes = [
            pathlib.Path(f"{finder.find(f'ui/build/{name}.js')}.gz").stat().st_size
            for name in ("htmx", surface)
        ]

        assert sum(sizes) <= 50 * 1024


def test_the_bundle_finder_is_known_to_the_project():
    assert finders.find("ui/build/hub.js")
