"""The whole network: a base backup of the server, and every shop's pictures.

The server's copy holds every schema at one moment, is checked against its own
manifest, and with the archived log leads to any moment since. A dump of the whole
database would lock every table of every shop at once; this locks none.
"""

import fcntl
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from quickcart.backup import tools

Tell = Callable[[str], None]
UNFINISHED = ".unfinished"
MEDIA = "media.tar"


@dataclass(frozen=True)
class Backup:
    """A finished backup: a folder of its own."""

    folder: Path

    @property
    def base(self) -> Path:
        return self.folder / "base"

    @property
    def media(self) -> Path:
        return self.folder / MEDIA

    @property
    def archives(self) -> tuple[Path, Path, Path]:
        """The server's data, its log meanwhile, and the media."""
        return self.base / "base.tar.gz", self.base / "pg_wal.tar.gz", self.media

    @property
    def size(self) -> int:
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return sum(path.stat().st_size for path in files)


def take(*, into: Path, now: datetime, tell: Tell) -> Backup:
    """Back the network up into a folder of its own under `into`.

    Under its last name it is whole: until then it is called unfinished. Pictures come
    last: every row of the backup finds its file, and a file without a row does no harm.

    Raises:
        BackupError: it could not be made; nothing of it is left.
    """
    folder = into / f"{now:%Y%m%dT%H%M%SZ}"
    draft = folder.with_name(folder.name + UNFINISHED)
    try:
        with drafted(draft):
            tell("PostgreSQL")
            _copy_server(draft / "base")
            tell("pictures and documents")
            pack(Path(settings.MEDIA_ROOT), draft / MEDIA)
            draft.rename(folder)
    except OSError as error:
        raise tools.BackupError(f"{draft}: {error.strerror}") from error
    return Backup(folder)


@contextmanager
def drafted(draft: Path) -> Iterator[None]:
    """Make a folder, hold it for the block, and remove it if that fails."""
    draft.mkdir(mode=0o700, parents=True)
    with _held(draft):
        try:
            yield
        except BaseException:  # an interruption leaves nothing behind either
            shutil.rmtree(draft, ignore_errors=True)
            raise


@contextmanager
def _held(folder: Path) -> Iterator[bool]:
    """Hold a folder for the block; yield whether it is ours.

    A process that ends, however it does, holds nothing any more.
    """
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(place)


def stamp() -> None:
    """Note that there is a backup as of now, for who watches their age."""
    noted = Path(settings.BACKUP_STAMP)
    noted.parent.mkdir(parents=True, exist_ok=True)
    noted.touch()


def _copy_server(target: Path) -> None:
    tools.run(
        [
            tools.program("pg_basebackup"),
            *tools.server(),
            *(f"--pgdata={target}", "--format=tar", "--gzip", "--wal-method=stream"),
            *("--checkpoint=fast", "--label=quickcart", "--no-password"),
        ]
    )
    # Its log is beside it, compressed: the copy's own files are what is checked here.
    tools.run([tools.program("pg_verifybackup"), "--no-parse-wal", "--quiet", target])


def pack(source: Path, target: Path) -> None:
    """Put a folder into one file; pictures are compressed already.

    What is deleted in it meanwhile is left out.
    """
    with tarfile.open(target, "w") as archive:
        if source.exists():
            _add(archive, source, name=".")


def _add(archive: tarfile.TarFile, path: Path, *, name: str) -> None:
    archive.add(path, arcname=name, recursive=False)
    if path.is_dir() and not path.is_symlink():
        for entry in sorted(path.iterdir()):
            with suppress(FileNotFoundError):
                _add(archive, entry, name=f"{name}/{entry.name}")


def finished(into: Path) -> list[Backup]:
    """Return the backups under `into`, oldest first."""
    folders = sorted(into.glob("[0-9]*T[0-9]*Z"))
    return [Backup(folder) for folder in folders if folder.is_dir()]


def at(folder: Path) -> Backup:
    """Return the backup in a folder.

    Raises:
        BackupError: there is none in it, or none that was finished.
    """
    backup = Backup(folder)
    is_whole = all(path.is_file() for path in backup.archives)
    if folder.name.endswith(UNFINISHED) or not is_whole:
        raise tools.BackupError(f"{folder} is no finished backup.")
    return backup


def prune(into: Path, *, keep: int) -> list[Backup]:
    """Delete all but the newest `keep` backups, and what nobody will finish."""
    doomed = finished(into)[:-keep]
    for backup in doomed:
        shutil.rmtree(backup.folder)
    for folder in into.glob(f"*{UNFINISHED}"):
        # Whoever is just making one finishes it, or removes it himself.
        with suppress(FileNotFoundError), _held(folder) as is_ours:
            if is_ours:
                shutil.rmtree(folder)
    return doomed
