"""What is kept of an error holds no secret and fits a screen."""

import pytest

from notifications import redaction


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("smtp://me:hunter2@mail:587 refused", "smtp://***@mail:587 refused"),
        ("password=hunter2 wrong", "password=*** wrong"),
        ("{'api_key': 'hunter2'}", "{'api_key': ***"),
        (
            "https://a.example/reset/MQ-c5h3hunter2c2b0c1f1e9a7d3/ gone",
            "https://a.example/reset/***/ gone",
        ),
        ("two\nlines and a \x00", "two lines and a"),
    ],
)
def test_secrets_are_blotted_out(words, kept):
    assert redaction.describe(ValueError(words)) == f"ValueError: {kept}"


def test_the_mail_server_s_password_is_blotted_out_wherever_it_stands(settings):
    settings.EMAIL_HOST_PASSWORD = "hunter2"

    assert redaction.describe(OSError("said hunter2")) == "OSError: said ***"


def test_a_long_error_is_cut():
    assert len(redaction.describe(ValueError("a b " * 1000))) == redaction.MAX_LENGTH


def test_an_error_without_words_has_its_kind():
    assert redaction.describe(KeyboardInterrupt()) == "KeyboardInterrupt"
