"""Words as search compares them: small letters, no accents, one space."""

import re
import unicodedata

#: Letters that carry no accent to take off, and how people type them instead.
_TYPED = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ð": "d", "þ": "th", "ł": "l", "đ": "d"}
)
_WORD = re.compile(r"\w+")
#: More words than anybody means; the rest of a pasted text is left aside.
MAX_WORDS = 8

#: Dictionaries PostgreSQL has, by the language a shop speaks.
_DICTIONARIES = {
    "da": "danish",
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nb": "norwegian",
    "nl": "dutch",
    "pt": "portuguese",
    "ro": "romanian",
    "sv": "swedish",
}


def fold(text: str) -> str:
    """Return a text in small letters, without accents and double blanks."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_TYPED))
    plain = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return " ".join(plain.replace("\x00", " ").split())


def words(text: str) -> list[str]:
    """Return the folded words of a query, each once, at most MAX_WORDS."""
    found = dict.fromkeys(_WORD.findall(fold(text).replace("_", " ")))
    return list(found)[:MAX_WORDS]


def dictionary_of(language: str) -> str:
    """Name the text search configuration of a language (`en-ie`: `english`)."""
    return _DICTIONARIES.get(language.partition("-")[0].lower(), "simple")
