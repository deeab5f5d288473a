"""Attachments: only what a parser understood comes out, and the parser can do nothing else."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.parts.waiting import wait_for
from todoke.adapters import reencode_child
from todoke.adapters.reencode import MAX_BYTES, Reencoder
from todoke.core.errors import TodokeError

CHILD = Path(reencode_child.__file__)


def jpeg(width: int = 64, height: int = 48, **how: object) -> bytes:
    made = io.BytesIO()
    picture = Image.new("RGB", (width, height), "white")
    picture.paste("red", (0, 0, width // 2, height // 2))  # upper left
    picture.save(made, "JPEG", quality=95, **how)
    return made.getvalue()


def png(width: int = 64, height: int = 48) -> bytes:
    made = io.BytesIO()
    Image.new("RGBA", (width, height), (255, 0, 0, 0)).save(made, "PNG")
    return made.getvalue()


def pdf(pages: int = 1, catalog: str = "", extra: str = "", trailer: str = "") -> bytes:
    """A small PDF written by hand, so that anything can be put into it."""
    kids = " ".join(f"{n} 0 R" for n in range(3, 3 + pages))
    objects = [
        f"<</Type/Catalog/Pages 2 0 R{catalog}>>",
        f"<</Type/Pages/Count {pages}/Kids[{kids}]>>",
    ]
    objects += ["<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>"] * pages
    objects += [extra] if extra else []
    body, places = "%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{each}\nendobj\n"
    table = len(body)
    body += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    body += "".join(f"{place:010d} 00000 n \n" for place in places)
    body += (
        f"trailer\n<</Size {len(objects) + 1}/Root 1 0 R{trailer}>>\nstartxref\n{table}\n%%EOF\n"
    )
    return body.encode("latin-1")


def refusal(body: bytes, cleaner: Reencoder | None = None) -> str:
    with pytest.raises(TodokeError) as caught:
        (cleaner or Reencoder()).clean(body)
    assert caught.value.code == "attachment_refused"
    return str(caught.value.details["rule"]).removeprefix("attachment_")


def test_a_photograph_keeps_its_picture_and_loses_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret description"
    exif[0x0112] = 6  # the camera was held upright: turn by a quarter
    exif.get_ifd(0x8825)[1] = "N"
    clean = Reencoder().clean(jpeg(exif=exif, comment=b"secret comment"))
    assert (clean.media_type, clean.pages) == ("image/jpeg", 1)
    shown = Image.open(io.BytesIO(clean.body))
    assert shown.size == (48, 64)
    assert not shown.getexif()
    assert b"secret" not in clean.body
    red = shown.getpixel((40, 10))
    assert isinstance(red, tuple)
    assert red[1] < 80  # the upper left came to the upper right


def test_a_picture_without_colour_behind_it_lies_on_white_paper() -> None:
    shown = Image.open(io.BytesIO(Reencoder().clean(png()).body))
    assert shown.format == "JPEG"
    assert shown.getpixel((5, 5)) == (255, 255, 255)


def test_a_large_photograph_is_made_smaller() -> None:
    clean = Reencoder().clean(jpeg(6000, 4000))
    assert Image.open(io.BytesIO(clean.body)).size == (3000, 2000)


def test_a_second_format_behind_a_picture_is_gone() -> None:
    behind = io.BytesIO()
    with zipfile.ZipFile(behind, "w") as archive:
        archive.writestr("evil.js", "alert(1)")
    clean = Reencoder().clean(jpeg() + behind.getvalue() + b"<script>alert(1)</script>")
    assert b"evil" not in clean.body
    assert b"script" not in clean.body
    assert clean.body.startswith(b"\xff\xd8\xff")
    assert clean.body.endswith(b"\xff\xd9")


def test_a_pdf_becomes_pictures_of_its_pages_and_nothing_else() -> None:
    active = pdf(
        2,
        "/OpenAction 5 0 R/Names<</JavaScript<</Names[(x)5 0 R]>>>>",
        "<</S/JavaScript/JS(app.alert\\(1\\))>>",
    )
    clean = Reencoder().clean(active)
    assert (clean.media_type, clean.pages) == ("application/pdf", 2)
    for word in (b"JavaScript", b"/JS", b"OpenAction", b"/AA", b"EmbeddedFile", b"/URI", b"Annot"):
        assert word not in clean.body
    assert Reencoder().clean(clean.body).pages == 2  # what we write can be read


def test_twenty_pages_are_taken_and_twenty_one_are_not() -> None:
    assert Reencoder().clean(pdf(20)).pages == 20
    assert refusal(pdf(21)) == "too_many_pages"


def test_a_pdf_with_a_password_says_so() -> None:
    locked = "<</Filter/Standard/V 1/R 2/P -4/O<" + "41" * 32 + ">/U<" + "42" * 32 + ">>>"
    file = pdf(1, "", locked, "/Encrypt 4 0 R/ID[<00><00>]")
    assert refusal(file) == "password"


def written(text: str, *, japanese: bool, mode: int = 0) -> bytes:
    """A PDF with a line of text in a font that it names and does not hold."""
    box = "/Parent 2 0 R/MediaBox[0 0 200 100]"
    file = pdf(1, "", "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>").decode("latin-1")
    if japanese:
        inner = "<</Type/Font/Subtype/CIDFontType0/BaseFont/HeiseiKakuGo-W5/DW 1000"
        inner += "/CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>>>"
        font = "<</Type/Font/Subtype/Type0/BaseFont/HeiseiKakuGo-W5/Encoding/90ms-RKSJ-H"
        file = pdf(1, "", f"{font}/DescendantFonts[{inner}]>>").decode("latin-1")
    draw = f"BT {mode} Tr /F 20 Tf 10 40 Td <{text.encode('cp932').hex()}> Tj ET"
    stream = f"5 0 obj\n<</Length {len(draw)}>>\nstream\n{draw}\nendstream\nendobj\n"
    file = file.replace(box, f"{box}/Contents 5 0 R/Resources<</Font<</F 4 0 R>>>>")
    return file.replace("xref\n0", f"{stream}xref\n0", 1).encode("latin-1")


def test_a_pdf_whose_letters_would_vanish_is_refused_rather_than_blank() -> None:
    latin = Reencoder().clean(written("Mihon Bank", japanese=False)).body
    assert len(latin) > len(Reencoder().clean(pdf()).body)  # it is drawn
    assert refusal(written("見本銀行", japanese=True)) == "letters"
    # what a scanner read lies unseen behind its picture
    assert Reencoder().clean(written("見本銀行", japanese=True, mode=3)).pages == 1


def _chunk(kind: bytes, body: bytes) -> bytes:
    crc = zlib.crc32(kind + body).to_bytes(4, "big")
    return len(body).to_bytes(4, "big") + kind + body + crc


def _png_bomb() -> bytes:
    """50,000 × 50,000 dots in a few kilobytes."""
    side = (50_000).to_bytes(4, "big")
    squeezed = zlib.compress(bytes(2_000_000))
    head = _chunk(b"IHDR", side + side + bytes([8, 2, 0, 0, 0]))
    return b"\x89PNG\r\n\x1a\n" + head + _chunk(b"IDAT", squeezed) + _chunk(b"IEND", b"")


def _jpeg_bomb() -> bytes:
    """The header says 65,000 × 65,000."""
    real = jpeg()
    place = real.index(b"\xff\xc0") + 5
    return real[:place] + b"\xfd\xe8\xfd\xe8" + real[place + 4 :]


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"", "empty"),
        (b"\xff\xd8\xff" + bytes(MAX_BYTES), "too_large"),
        (b"GIF89a/*" + b"\x00" * 20 + b"*/=alert(1)", "type"),
        (b"<html><script>alert(1)</script></html>", "type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "type"),
        (b"PK\x03\x04" + bytes(100), "type"),
        (b"MZ" + bytes(100), "type"),
        (b"junk before " + pdf(), "type"),
        (b"\x00" * 1000, "type"),
        (jpeg()[:200], "damaged"),
        (b"\xff\xd8\xff" + bytes(1000), "damaged"),
        (b"\xff\xd8\xff\xe0<script>alert(1)</script>", "damaged"),
        (b"%PDF-1.7\n<script>alert(1)</script>", "damaged"),
        (pdf()[:60], "damaged"),
        (pdf(0), "damaged"),
        (_png_bomb(), "too_many_pixels"),
        (_jpeg_bomb(), "too_many_pixels"),
    ],
    ids=lambda each: each if isinstance(each, str) else f"{each[:6]!r}+{len(each)}",
)
def test_what_is_no_sound_pdf_or_picture_is_refused_by_name(body: bytes, rule: str) -> None:
    assert refusal(body) == rule


def test_a_page_as_large_as_a_house_gets_fewer_dots() -> None:
    huge = pdf().replace(b"[0 0 200 100]", b"[0 0 14400 9]")
    assert len(Reencoder().clean(huge).body) < 100_000


# ------------------------------------------------------------ the process itself
def _program(folder: Path, text: str) -> Path:
    path = folder / "program.py"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.real
def test_a_parser_that_hangs_is_killed_with_everything_it_started(tmp_path: Path) -> None:
    mark = tmp_path / "alive"
    late = f"import time; time.sleep(1.5); open({str(mark)!r}, 'w')"
    start = (
        "import subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-c', {late!r}])\n"
        "time.sleep(60)\n"
    )
    began = time.monotonic()
    assert refusal(jpeg(), Reencoder(_program(tmp_path, start), 0.7)) == "too_slow"
    assert time.monotonic() - began < 5
    time.sleep(1.2)
    assert not mark.exists()


@pytest.mark.parametrize(
    "text",
    [
        "import os\nos.abort()",
        'print(\'{"media_type": "text/html", "pages": 1}\\n<script>\')',
        'print(\'{"media_type": [], "pages": 1}\')',
        'print(\'{"media_type": "image/jpeg", "pages": true}\')',
        'print(\'{"rule": "<script>"}\')',
        "print('[' * 100000)",
        "import sys\nwhile True: sys.stdout.write('x' * 1000000)",
        "",
    ],
)
def test_nothing_a_parser_that_was_taken_over_says_is_believed(tmp_path: Path, text: str) -> None:
    assert refusal(jpeg(), Reencoder(_program(tmp_path, text))) == "damaged"


_TRIES = """
import importlib.util, json, os, socket, subprocess, sys
spec = importlib.util.spec_from_file_location("child", sys.argv[1])
child = importlib.util.module_from_spec(spec)
spec.loader.exec_module(child)
held = child.confine()
def attempt(act):
    try:
        act()
    except (OSError, MemoryError, ValueError) as error:
        return type(error).__name__
    return "done"
print(json.dumps({
    "held": held,
    "read": attempt(lambda: os.open("/etc/passwd", os.O_RDONLY)),
    "write": attempt(lambda: os.open("/tmp/todoke-evil", os.O_WRONLY | os.O_CREAT)),
    "socket": attempt(lambda: socket.socket()),
    "fork": attempt(lambda: os.fork() or os._exit(0)),
    "program": attempt(lambda: os.execv("/bin/true", ["true"])),
    "memory": attempt(lambda: bytearray(2 * 1024 ** 3)),
    "duplicate": attempt(lambda: os.dup(1)),
}))
sys.stdout.flush()
os._exit(0)
"""


@pytest.mark.real
def test_the_parser_can_open_no_file_no_socket_and_no_program(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", _program(tmp_path, _TRIES), CHILD],
        capture_output=True,
        check=True,
        timeout=20,
    )
    said = json.loads(done.stdout)
    held = said.pop("held")
    assert "calls" in held  # x86-64 and ARM64 Linux
    assert "done" not in said.values(), said


@pytest.mark.real
def test_the_program_itself_gives_everything_up_before_it_reads() -> None:
    """Seen from outside, while it waits for its first byte (proc(5))."""
    child = subprocess.Popen(
        [sys.executable, "-I", CHILD], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    try:
        proc = Path(f"/proc/{child.pid}")
        wait_for(lambda: "Seccomp:\t2" in (proc / "status").read_text(), "the filter of calls")
        limits = (proc / "limits").read_text()
        for line in ("Max open files            3 ", "Max file size             0 "):
            assert line in limits
        assert f"Max address space         {reencode_child.MEMORY} " in limits
    finally:
        child.kill()
        child.communicate()


@pytest.mark.real
def test_two_parsers_at_once_and_no_more(tmp_path: Path) -> None:
    """Ten uploads at once: no more than two children live at any moment."""
    log = tmp_path / "log"
    text = (
        "import os, time\n"
        f"log = open({str(log)!r}, 'a')\n"
        "log.write('+'); log.flush(); time.sleep(0.1); log.write('-'); log.flush()\n"
        'print(\'{"rule": "type"}\')\n'
    )
    cleaner = Reencoder(_program(tmp_path, text))
    tries: list[Callable[[], object]] = [lambda: refusal(jpeg(), cleaner)] * 10
    threads = [threading.Thread(target=each) for each in tries]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    alive = most = 0
    for sign in log.read_text():
        alive += 1 if sign == "+" else -1
        most = max(most, alive)
    assert most == 2
