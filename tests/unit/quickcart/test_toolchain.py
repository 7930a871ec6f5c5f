"""What the launcher sees to before anything runs: Python, packages, a browser."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from quickcart import launcher
from quickcart.launcher import browser, toolchain
from quickcart.launcher.errors import LauncherError


def test_a_nearly_full_disk_is_told_first(tmp_path, monkeypatch):
    monkeypatch.setattr(toolchain, "FREE_BYTES", 2**62)

    with pytest.raises(LauncherError, match="nearly full"):
        toolchain.check_disk(tmp_path)


def test_an_old_python_is_refused_with_the_way_out(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))

    with pytest.raises(SystemExit, match=r"3\.9 is too old(.|\n)*PYTHON="):
        importlib.reload(launcher)


def test_without_any_way_to_an_environment_debians_package_is_named(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(toolchain, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(toolchain, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(toolchain, "_succeeds", lambda argv: False)

    with pytest.raises(LauncherError) as no:
        toolchain.make_environment()

    assert "apt install python3-venv" in no.value.hint


def test_a_half_made_environment_is_made_again(tmp_path, monkeypatch):
    venv = tmp_path / "a b" / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to("/no/such/python")
    monkeypatch.setattr(toolchain, "VENV", venv)
    monkeypatch.setattr(toolchain, "PYTHON", venv / "bin" / "python")

    toolchain.make_environment()

    assert toolchain._works(venv / "bin" / "python")


def test_changed_requirements_are_installed_again(tmp_path, monkeypatch):
    monkeypatch.setattr(toolchain, "VENV", tmp_path)
    monkeypatch.setattr(toolchain, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(toolchain, "_installers", lambda: [["true"]])
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("one\n")
    assert not toolchain.is_installed(requirements)

    toolchain.install(requirements)
    assert toolchain.is_installed(requirements)
    requirements.write_text("two\n")

    assert not toolchain.is_installed(requirements)


def test_when_one_installer_fails_the_next_is_tried(tmp_path, monkeypatch):
    monkeypatch.setattr(toolchain, "VENV", tmp_path)
    monkeypatch.setattr(toolchain, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(toolchain, "_installers", lambda: [["false"], ["true"]])
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("one\n")

    toolchain.install(requirements)

    assert toolchain.is_installed(requirements)


def test_a_package_that_is_built_is_built_with_what_is_listed(tmp_path, monkeypatch):
    """In a folder with a blank in its name, as well."""
    listed = tmp_path / "a b" / "building.txt"
    listed.parent.mkdir()
    listed.write_text("setuptools==0\n")
    monkeypatch.setattr(toolchain, "BUILDING", listed)
    [own, *_others] = toolchain._installers()
    source = tmp_path / "source"
    source.mkdir()
    (source / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\n[project]\nname = "a"\ndynamic = ["version"]\n'
    )

    done = subprocess.run(
        [*own, "--dry-run", "--offline", "--no-cache", str(source)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert "setuptools==0" in done.stderr


def test_no_browser_is_a_loud_word_here_and_a_failure_in_ci(monkeypatch, capsys):
    monkeypatch.setattr(browser, "find", lambda: None)
    monkeypatch.setattr(browser, "_install", lambda: None)
    monkeypatch.delenv("CI", raising=False)
    browser.provide()
    assert "BROWSER TESTS WILL NOT RUN" in capsys.readouterr().out

    monkeypatch.setenv("CI", "true")

    with pytest.raises(LauncherError, match="BROWSER"):
        browser.provide()
