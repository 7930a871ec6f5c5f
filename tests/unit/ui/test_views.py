import pytest
from django.http import Http404

from ui import views

pytestmark = pytest.mark.urls("ui.urls")


@pytest.fixture(autouse=True)
def plain_static_files(settings):
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {
            "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        }
    }
    # What a page of the network knows about its visitor is not shown here.
    options = settings.TEMPLATES[0]["OPTIONS"] | {"context_processors": []}
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"OPTIONS": options}]


@pytest.mark.parametrize("theme", ["corner", "network", "no-such-theme", "\x00"])
def test_the_library_is_shown_in_any_theme(rf, theme):
    page = views.library(rf.get("/", {"theme": theme, "mode": "dark"}))

    assert page.status_code == 200
    assert b'data-theme="dark"' in page.content


def test_a_sample_theme_is_served_as_css(rf):
    answer = views.theme_css(rf.get("/"), "corner")

    assert answer["Content-Type"].startswith("text/css")
    assert b"#1f3fd1" in answer.content


def test_an_unknown_theme_is_not_found(rf):
    with pytest.raises(Http404):
        views.theme_css(rf.get("/"), "nonsense")
