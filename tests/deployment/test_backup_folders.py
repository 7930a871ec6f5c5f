"""Backups as folders: what is half made, is pruned, or goes away meanwhile."""

import shutil
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from quickcart.backup import digests, network, tools

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def test_a_backup_that_fails_leaves_nothing(tmp_path, monkeypatch):
    def fail(target):
        (target / "half").mkdir(parents=True)
        raise tools.BackupError("no room")

    monkeypatch.setattr(network, "_copy_server", fail)

    with pytest.raises(tools.BackupError):
        network.take(into=tmp_path, now=NOW, tell=print)

    assert list(tmp_path.iterdir()) == []


def test_what_is_being_made_is_not_pruned(tmp_path, monkeypatch):
    """Two runs at once: neither deletes the other's; what a killed one left goes."""
    left = tmp_path / f"20200101T000000Z{network.UNFINISHED}"
    left.mkdir()
    monkeypatch.setattr(network, "_copy_server", lambda target: target.mkdir())
    monkeypatch.setattr(
        network, "pack", lambda source, target: network.prune(tmp_path, keep=1)
    )

    made = network.take(into=tmp_path, now=NOW, tell=print)

    assert [backup.folder for backup in network.finished(tmp_path)] == [made.folder]
    assert not left.exists()


def test_two_at_the_same_second_do_not_take_each_others_folder(tmp_path, monkeypatch):
    theirs = tmp_path / f"{NOW:%Y%m%dT%H%M%SZ}{network.UNFINISHED}"
    theirs.mkdir()

    with pytest.raises(tools.BackupError):
        network.take(into=tmp_path, now=NOW, tell=print)

    assert theirs.exists()


def _deleting(monkeypatch, doomed: Path) -> None:
    """Delete a file after its folder was read, before it is put into an archive."""
    add = tarfile.TarFile.add

    def delete_and_add(archive, path, *arguments, **options):
        if Path(path) == doomed:
            shutil.rmtree(doomed) if doomed.is_dir() else doomed.unlink()
        add(archive, path, *arguments, **options)

    monkeypatch.setattr(tarfile.TarFile, "add", delete_and_add)


@pytest.mark.parametrize("doomed", ["shop_a/b.webp", "shop_a"])
def test_what_is_deleted_meanwhile_costs_no_backup(tmp_path, monkeypatch, doomed):
    media, packed = tmp_path / "media", tmp_path / "media.tar"
    for name in ("shop_a/a.webp", "shop_a/b.webp", "shop_b/a.webp"):
        (media / name).parent.mkdir(parents=True, exist_ok=True)
        (media / name).write_bytes(b"picture")
    left = {"shop_a/b.webp": ["./shop_a", "./shop_a/a.webp"], "shop_a": []}[doomed]
    _deleting(monkeypatch, media / doomed)

    network.pack(media, packed)

    with tarfile.open(packed) as archive:
        assert archive.getnames() == [".", *left, "./shop_b", "./shop_b/a.webp"]


def test_a_folder_of_media_that_goes_away_is_no_backup(tmp_path, monkeypatch):
    (tmp_path / "media").mkdir()
    _deleting(monkeypatch, tmp_path / "media")

    with pytest.raises(FileNotFoundError):
        network.pack(tmp_path / "media", tmp_path / "media.tar")


def test_what_is_deleted_meanwhile_is_not_compared(tmp_path, monkeypatch):
    (tmp_path / "a.webp").write_bytes(b"picture")
    (tmp_path / "b.webp").write_bytes(b"picture")
    read = Path.read_bytes

    def delete_and_read(path):
        if path.name == "b.webp":
            path.unlink()
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", delete_and_read)

    assert digests.of_folder(tmp_path).keys() == {"a.webp"}
