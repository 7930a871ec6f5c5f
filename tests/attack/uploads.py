"""Hostile files in every field that takes one.

Each is refused in a sentence, or kept harmless: served as a picture, never as
something that runs, from a name that is only a name.
"""

import io
import re
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from attack import stage
from attack.ground import undone
from attack.stage import Stage, none
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponseBase
from django.test import Client
from PIL import Image
from support.ground import Filled
from support.verdicts import Check, Verdict, at_least, at_most, exactly
from wagtail.documents.models import Document

from storefront.media.models import ShopImage, ShopRendition
from tenants import context

SCRIPT = b"<html><script>alert(document.domain)</script></html>"
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script>'
    b'<image href="file:///etc/passwd"/></svg>'
)
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif")
#: A request that takes longer keeps a worker from everybody else.
PATIENCE = 20


@dataclass(frozen=True)
class Hostile:
    """A file, and how it is called."""

    words: str
    name: str
    content: bytes
    kind: str = "image/png"


def files(*, small: bool) -> Iterator[Hostile]:
    png, jpeg, gif = _picture("PNG"), _picture("JPEG"), _picture("GIF")
    yield Hostile("a script for a picture", "a.png", SCRIPT)
    yield Hostile("a page", "a.html", SCRIPT, "text/html")
    yield Hostile("a page called a picture", "a.html", png, "image/png")
    yield Hostile("two endings", "a.png.html", png, "image/png")
    yield Hostile("two endings, turned", "a.php.png", png + b"<?php system(1) ?>")
    yield Hostile("a drawing with a script", "a.svg", SVG, "image/svg+xml")
    yield Hostile("a drawing called a picture", "a.png", SVG, "image/png")
    yield Hostile("a GIF that is an archive", "a.gif", gif + _archive(), "image/gif")
    yield Hostile("a GIF that is a script", "a.gif", b"GIF89a/*" + gif[8:] + b"*/=1;")
    yield Hostile("a JPEG that is a page", "a.jpg", jpeg + SCRIPT, "image/jpeg")
    yield Hostile(
        "a JPEG with a page in its notes", "a.jpg", with_notes(), "image/jpeg"
    )
    yield Hostile("a PNG with a page in its text", "a.png", _with_text(png))
    yield Hostile("another kind than it says", "a.png", jpeg)
    yield Hostile("climbing", "../../../../tmp/owned.png", png)
    yield Hostile("climbing, other slashes", "..\\..\\owned.png", png)
    yield Hostile("absolute", "/etc/cron.d/owned.png", png)
    yield Hostile("a name with a line end", "a\r\nX-Owned: 1.png", png)
    yield Hostile("a name that is a script", '"><svg onload=alert(1)>.png', png)
    yield Hostile("a name without end", f"{'x' * 3_000}.png", png)
    yield Hostile("a name with a NUL", "a.html\x00.png", png)
    yield Hostile("a hidden name", ".htaccess", b"AddType text/html .png")
    yield Hostile("nothing", "a.png", b"")
    yield Hostile("half a picture", "a.png", png[: len(png) // 2])
    yield Hostile("a picture too wide to hold", "a.png", _bomb(30_000, 30_000))
    yield Hostile("a picture that says it is enormous", "a.png", _bomb(2**31 - 1, 9))
    yield Hostile("a film of many pictures", "a.gif", _film(60 if small else 400))
    yield Hostile("more than may be sent", "a.png", png + b"\0" * 11_000_000)


def hostile_files(*, small: bool) -> Iterator[Verdict]:
    """Send every file to the library and to a product; look at what is kept."""
    tried = 0
    slowest = 0.0
    bad: list[str] = []
    with stage.opened() as opened:
        alder = opened.ground.shops["alder"]
        outside = _names_outside(opened)
        for each in files(small=small):
            for door in (_to_the_library, _to_a_product, _to_the_chooser):
                with undone():
                    took, found = _attempt(alder, each, door)
                tried += 1
                slowest = max(slowest, took)
                bad += [f"{each.words} {door.__name__}: {fault}" for fault in found]
        bad += [f"written outside: {name}" for name in _names_outside(opened) - outside]
        bad += _documents(alder)
        kept = _notes_kept(alder)
    yield at_least("uploads: files sent", tried, "files", 60)
    yield none("uploads: kept harmful or refused without a word", bad)
    yield at_most("uploads: slowest", slowest, "s", PATIENCE)
    yield exactly("uploads: notes of a camera that are kept", kept, "files", 0)


def _attempt(alder: Filled, each: Hostile, door: "Door") -> tuple[float, list[str]]:
    """Send a file to a door; return how long that took and what is wrong after it."""
    with context.inside(alder.shop):
        before = set(ShopImage.objects.values_list("pk", flat=True))
    upload = SimpleUploadedFile("placeholder", each.content, each.kind)
    # Past what Django's own class makes of a name: as a script would send it.
    upload._name = each.name
    started = time.monotonic()
    answer = door(alder.browser(alder.owner), upload)
    took = time.monotonic() - started
    with context.inside(alder.shop):
        kept = list(ShopImage.objects.exclude(pk__in=before))
    faults = [f"answered {answer.status_code}"] if answer.status_code >= 500 else []
    if not kept and not says_why(answer):
        faults.append(f"refused without a word ({answer.status_code})")
    for image in kept:
        faults += _harm_of(alder, image)
    return took, faults


Door = Callable[[Client, SimpleUploadedFile], HttpResponseBase]


def _to_the_library(client: Client, upload: SimpleUploadedFile) -> HttpResponseBase:
    return client.post(
        "/admin/images/multiple/add/",
        {"title": "A picture", "files[]": upload},
        headers={"x-requested-with": "XMLHttpRequest"},
    )


def _to_a_product(client: Client, upload: SimpleUploadedFile) -> HttpResponseBase:
    form = {"title": "Plums", "price": "1.00", "tax_rate": "0", "stock": "1"}
    return client.post("/admin/products/add/", {**form, "upload": upload})


def _to_the_chooser(client: Client, upload: SimpleUploadedFile) -> HttpResponseBase:
    form = {"image-chooser-upload-title": "A picture"}
    return client.post(
        "/admin/images/chooser/create/", {**form, "image-chooser-upload-file": upload}
    )


def says_why(answer: HttpResponseBase) -> bool:
    """Say whether a person is told what is wrong with the file."""
    text = getattr(answer, "content", b"").decode("utf-8", "replace")
    return bool(
        answer.status_code in {400, 413}
        or re.search(
            r"error_message|error-message|errorlist|field__error|field-error", text
        )
    )


def _harm_of(alder: Filled, image: ShopImage) -> Iterator[str]:
    """Ask for a kept picture and its renditions as a visitor; yield what could run."""
    with context.inside(alder.shop):
        files = [image.file, *(each.file for each in image.renditions.all())]
        addresses = [file.url for file in files]
        names = [Path(file.name).name for file in files]
    for name in names:
        if not re.fullmatch(r"[\w.-]+\.(?:png|jpe?g|gif|webp|avif)", name):
            yield f"is named {name!r}"
    for address in addresses:
        answer = alder.browser().get(address)
        body = (
            b"".join(answer.streaming_content) if answer.streaming else answer.content
        )
        yield from faults_of(answer, body, address)


def faults_of(answer: HttpResponseBase, body: bytes, address: str) -> Iterator[str]:
    """Say what in a picture's answer could run."""
    policy = answer.headers.get("Content-Security-Policy", "")
    if answer.status_code != 200 or answer.headers["Content-Type"] not in PICTURES:
        yield f"{address} is {answer.headers['Content-Type']}"
    if answer.headers.get("X-Content-Type-Options") != "nosniff":
        yield f"{address} may be taken for something else"
    if "sandbox" not in policy or "'none'" not in policy:
        yield f"{address} may run: {policy}"
    if address.endswith(".webp") and (b"<script" in body or b"<?php" in body):
        yield f"{address}: what pages show has the payload in it"


def _documents(alder: Filled) -> Iterator[str]:
    """Send pages and programs to the documents; yield what is kept and may run."""
    keeper = alder.browser(alder.people["admin"])
    for name in ("a.html", "a.svg", "a.js", "a.exe", "a.pdf.html", "a.txt", "../a.csv"):
        upload = SimpleUploadedFile("placeholder", SCRIPT, "text/html")
        upload._name = name
        with undone():
            answer = keeper.post(
                "/admin/documents/multiple/add/",
                {"title": "A leaflet", "files[]": upload},
                headers={"x-requested-with": "XMLHttpRequest"},
            )
            if "json" not in answer.headers["Content-Type"]:
                yield f"document {name}: answered {answer.status_code}, no word"
                continue
            if not answer.json().get("success"):
                continue
            with context.inside(alder.shop):
                kept = Document.objects.latest("pk")
            if Path(kept.file.name).suffix not in {".txt", ".csv", ".pdf"}:
                yield f"document {kept.file.name}"
            shown = alder.browser().get(kept.url)
            disposition = shown.headers.get("Content-Disposition", "")
            policy = shown.headers.get("Content-Security-Policy", "")
            if "html" in shown.headers["Content-Type"] or (
                "attachment" not in disposition and "'none'" not in policy
            ):
                yield f"document {kept.url}: {dict(shown.headers)}"


def _notes_kept(alder: Filled) -> int:
    """Return how many files, originals too, still hold what the camera wrote."""
    kept = 0
    for door in (_to_the_library, _to_a_product, _to_the_chooser):
        with undone():
            upload = SimpleUploadedFile("home.jpg", with_notes(), "image/jpeg")
            door(alder.browser(alder.owner), upload)
            with context.inside(alder.shop):
                image = ShopImage.objects.latest("pk")
                kept += sum(map(_has_notes, [image, *image.renditions.all()]))
    return kept


def _has_notes(picture: ShopImage | ShopRendition) -> bool:
    with picture.file.open("rb") as file:
        return has_notes(file)


def has_notes(file: IO[bytes]) -> bool:
    return bool(Image.open(file).getexif())


def _names_outside(opened: Stage) -> set[str]:
    """Return the files beside the shops' own folders, and where climbing leads."""
    root = Path(settings.MEDIA_ROOT)
    shops = {each.shop.schema_name for each in opened.ground.shops.values()}
    beside = {each.name for each in root.iterdir() if each.name not in shops}
    climbed = [Path("/tmp/owned.png"), Path("/etc/cron.d/owned.png"), root.parent]
    found = {str(each) for each in climbed[:2] if each.exists()}
    return beside | found | {each.name for each in climbed[2].glob("*owned*")}


def _picture(kind: str) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (120, 80), "green").save(content, kind)
    return content.getvalue()


def with_notes() -> bytes:
    """Return a photograph whose camera wrote down where it was, and a script."""
    content, notes = io.BytesIO(), Image.Exif()
    notes[0x010E] = SCRIPT.decode()
    notes[0x8298] = "<?php system(1) ?>"
    notes.get_ifd(0x8825)[1] = "N"
    Image.new("RGB", (640, 480), "green").save(content, "JPEG", exif=notes)
    return content.getvalue()


def _with_text(png: bytes) -> bytes:
    text = _chunk(b"tEXt", b"Comment\0" + SCRIPT)
    return png[:33] + text + png[33:]


def _bomb(width: int, height: int) -> bytes:
    """Return a few bytes that say they are a picture of very many."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    row = zlib.compress(b"\0" * 1_000_000, 9)
    signature = b"\x89PNG\r\n\x1a\n"
    return (
        signature
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", row)
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check


def _film(frames: int) -> bytes:
    content = io.BytesIO()
    first, *others = (Image.new("P", (900, 900), n % 250) for n in range(frames))
    first.save(content, "GIF", save_all=True, append_images=others)
    return content.getvalue()


def _archive() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("owned.class", b"\xca\xfe\xba\xbe")
    return content.getvalue()


CHECKS = [Check("uploads", hostile_files)]
