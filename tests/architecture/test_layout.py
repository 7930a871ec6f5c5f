"""The shape of the tree that other tools rely on."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("folder", ["platform", "docker", "tests"])
def test_a_source_root_is_not_a_package(folder):
    """`platform/__init__.py` would shadow the standard library's `platform`."""
    assert not (ROOT / folder / "__init__.py").exists()


def test_the_standard_library_s_platform_is_the_one_imported():
    import platform

    assert platform.python_version()


def test_tests_live_in_tests_only():
    packages = ["platform", "tenants", "storefront", "pickup", "notifications"]
    strays = [
        path for package in packages for path in (ROOT / package).rglob("test_*.py")
    ]

    assert strays == []
