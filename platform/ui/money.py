"""Prices as people write them, fast enough for a page of many cards."""

from __future__ import annotations

import functools
from decimal import Decimal, InvalidOperation

from babel import Locale, UnknownLocaleError
from babel.numbers import format_currency
from django.conf import settings
from django.utils import translation


def format_money(value: object, currency: str) -> str:
    """Return an amount in the reader's language, or "" where there is none."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return ""
    if not amount.is_finite():
        return ""
    return _format(amount, currency, _language())


def split_money(value: object, currency: str) -> tuple[str, str, str, str]:
    """Return a price as whole units, decimal mark, decimals and what follows.

    A card prints the whole units large and the decimals small: "€2", ".", "49", "".
    """
    text = format_money(value, currency)
    mark = _decimal_mark(_language())
    whole, found, rest = text.rpartition(mark)
    digits = rest[:2]
    if not found or not digits.isdigit():
        return text, "", "", ""
    return whole, mark, digits, rest[2:]


def _language() -> str:
    return translation.get_language() or settings.LANGUAGE_CODE


@functools.lru_cache(maxsize=8192)
def _format(amount: Decimal, currency: str, language: str) -> str:
    return str(format_currency(amount, currency, locale=_locale(language)))


@functools.lru_cache(maxsize=64)
def _decimal_mark(language: str) -> str:
    symbols = _locale(language).number_symbols
    return str(symbols.get("latn", symbols).get("decimal", "."))


@functools.lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(translation.to_locale(language))
    except (UnknownLocaleError, ValueError):
        return Locale("en")
