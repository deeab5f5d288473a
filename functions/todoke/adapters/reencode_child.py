"""The program that parses what a stranger uploaded. It is started by ``reencode``, reads the
file from stdin and writes one line of JSON and the new file to stdout.

It imports nothing of Todoke. Before it reads the first byte it gives up what a parser that has
been taken over could use: other files, the network, other programs, more memory and time.
"""

from __future__ import annotations

import codecs
import ctypes
import io
import json
import os
import platform
import resource
import signal
import struct
import sys
from typing import Any

MEGABYTE = 1024 * 1024
#: the largest picture of a telephone today (50 megapixels) needs 150 MB, and once more to turn
MAX_PIXELS = 52_000_000
MEMORY = 1024 * MEGABYTE
SECONDS = 10
MAX_PAGES = 20
#: a page of A4 at this density is legible; a larger page gets fewer dots
DOTS_PER_INCH = 150
MAX_PAGE_SIDE = 2200
MAX_PICTURE_SIDE = 3000
QUALITY = 82
MAX_RESULT = 16 * MEGABYTE

#: system calls that computing on memory and pipes needs; everything else fails with EPERM
_CALLS = {
    "x86_64": (
        0xC000003E,  # AUDIT_ARCH_X86_64
        # read write close fstat lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask
        # rt_sigreturn sched_yield mremap madvise getpid exit gettid futex sched_getaffinity
        # clock_gettime clock_getres exit_group tgkill getrandom rseq restart_syscall
        (
            *(0, 1, 3, 5, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 28, 39, 60, 186, 202, 204),
            *(228, 229, 231, 234, 318, 334, 219),
        ),
    ),
    "aarch64": (
        0xC00000B7,  # AUDIT_ARCH_AARCH64
        (
            *(63, 64, 57, 80, 62, 222, 226, 215, 214, 134, 135, 139, 124, 216, 233, 172, 93),
            *(178, 98, 123, 113, 114, 94, 131, 278, 293, 128),
        ),
    ),
}
_NEW_SPACES = 0x10000000 | 0x40000000 | 0x08000000  # CLONE_NEWUSER, NEWNET, NEWIPC
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2


class RefusedError(Exception):
    """The file is not taken. args[0]: the rule (type, damaged, password …)."""


def confine() -> list[str]:
    """Gives everything up, for good; names of what this system let us do.

    The limits hold everywhere. "network": a network of its own with nothing in it (needs user
    namespaces). "calls": only the system calls above (Linux on x86-64 or ARM64)."""
    limits = (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 3),  # 0, 1 and 2 are open: nothing else can be
    )
    for name, most in limits:
        resource.setrlimit(name, (most, most))
    signal.alarm(SECONDS + 2)  # should whoever started this be gone
    held = ["limits"]
    if not sys.platform.startswith("linux"):
        return held
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_SPACES) == 0:
        held.append("network")
    if _allow_only_computing(libc):
        held.append("calls")
    return held


def _allow_only_computing(libc: Any) -> bool:
    """A seccomp filter (Linux, Documentation/userspace-api/seccomp_filter.rst)."""
    machine, numbers = _CALLS.get(platform.machine(), (0, ()))
    if not numbers:
        return False
    count = len(numbers)
    allow, refuse = 0x7FFF0000, 0x00050001  # RET_ALLOW, RET_ERRNO with EPERM
    program = [
        (0x20, 0, 0, 4),  # load the architecture
        (0x15, 1, 0, machine),  # another one: kill
        (0x06, 0, 0, 0x80000000),
        (0x20, 0, 0, 0),  # load the number of the call
        *((0x15, count - place, 0, number) for place, number in enumerate(numbers)),
        (0x06, 0, 0, refuse),
        (0x06, 0, 0, allow),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in program))
    header = struct.pack("HL", len(program), ctypes.addressof(code))
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_SET_SECCOMP, _FILTER, ctypes.c_char_p(header), 0, 0) == 0)


# --------------------------------------------------------------------- pictures
def picture(body: bytes) -> bytes:
    """A JPEG of the same picture, upright, without anything the camera wrote beside it."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with Image.open(io.BytesIO(body), formats=("JPEG", "PNG")) as found:
        if found.width * found.height > MAX_PIXELS:
            raise RefusedError("too_many_pixels")
        found.draft("RGB", (MAX_PICTURE_SIDE, MAX_PICTURE_SIDE))
        found.load()
        upright = ImageOps.exif_transpose(found)
    upright.thumbnail((MAX_PICTURE_SIDE, MAX_PICTURE_SIDE))
    return jpeg(_on_white(upright))


def _on_white(image: Any) -> Any:
    from PIL import Image

    if image.mode not in ("RGBA", "LA", "P", "PA"):
        return image.convert("RGB")
    shown = image.convert("RGBA")
    paper = Image.new("RGB", shown.size, "white")
    paper.paste(shown, mask=shown.getchannel("A"))
    return paper


def jpeg(image: Any) -> bytes:
    """Only pixels: no EXIF, profile, comment or thumbnail."""
    clean = io.BytesIO()
    bare = image.copy()
    bare.info = {}
    bare.save(clean, "JPEG", quality=QUALITY)
    return clean.getvalue()


# -------------------------------------------------------------------------- PDF
def pages(body: bytes) -> list[tuple[bytes, int, int, float, float]]:
    """Each page as a JPEG: (bytes, width and height in dots, in points of 1/72 inch)."""
    import pypdfium2  # type: ignore[import-untyped]

    document = pypdfium2.PdfDocument(body)
    if not 0 < len(document) <= MAX_PAGES:
        raise RefusedError("too_many_pages" if len(document) else "damaged")
    if document.get_formtype():
        document.init_forms()  # what was filled in is drawn too
    drawn, size = [], 0
    for page in document:
        width, height = page.get_size()
        if not (1 <= width <= 20_000 and 1 <= height <= 20_000):
            raise RefusedError("damaged")
        _refuse_missing_letters(page)
        scale = min(DOTS_PER_INCH / 72, MAX_PAGE_SIDE / max(width, height))
        image = page.render(scale=scale).to_pil().convert("RGB")
        page.close()
        written = jpeg(image)
        size += len(written)
        if size > MAX_RESULT:
            raise RefusedError("too_large")
        drawn.append((written, image.width, image.height, width, height))
    return drawn


def _refuse_missing_letters(page: Any) -> None:
    """A PDF may leave the shapes of its letters to the reader's machine. Here are none but the
    Latin ones inside the library, so Japanese text would vanish without a word. Text that is
    not drawn (what a scanner read, behind its picture) does not matter."""
    from pypdfium2 import raw

    invisible = (raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP)
    letters = page.get_textpage()
    for text in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT], textpage=letters):
        if raw.FPDFTextObj_GetTextRenderMode(text.raw) in invisible:
            continue
        if raw.FPDFFont_GetIsEmbedded(raw.FPDFTextObj_GetFont(text.raw)) == 1:
            continue
        if any(ord(each) > 0xFF for each in text.extract()):
            raise RefusedError("letters")


def bound(drawn: list[tuple[bytes, int, int, float, float]]) -> bytes:
    """A PDF that holds these pictures, one a page, and nothing else (ISO 32000-1, 7.5)."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>"]
    kids = " ".join(f"{3 + 3 * place} 0 R" for place in range(len(drawn)))
    objects.append(f"<</Type/Pages/Count {len(drawn)}/Kids[{kids}]>>".encode())
    for picture, wide, high, width, height in drawn:
        number = len(objects) + 1
        box = f"{width:.2f} {height:.2f}"
        draw = f"q {width:.2f} 0 0 {height:.2f} 0 0 cm /P Do Q".encode()
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {box}]/Contents {number + 1} 0 R"
            f"/Resources<</XObject<</P {number + 2} 0 R>>>>>>".encode()
        )
        objects.append(b"<</Length %d>>\nstream\n%b\nendstream" % (len(draw), draw))
        objects.append(
            b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB"
            b"/BitsPerComponent 8/Filter/DCTDecode/Length %d>>\nstream\n%b\nendstream"
            % (wide, high, len(picture), picture)
        )
    return _file_of(objects)


def _file_of(objects: list[bytes]) -> bytes:
    written, places = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, each in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    table = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % place for place in places)
    written += b"trailer\n<</Size %d/Root 1 0 R>>\n" % (len(objects) + 1)
    return bytes(written + b"startxref\n%d\n%%%%EOF\n" % table)


# ---------------------------------------------------------------------- program
def clean(body: bytes) -> tuple[str, int, bytes]:
    """(media type, pages, bytes). Raises RefusedError."""
    if body.startswith(b"%PDF-"):
        drawn = pages(body)
        return "application/pdf", len(drawn), bound(drawn)
    if body.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return "image/jpeg", 1, picture(body)
    raise RefusedError("type")


def rule_of(error: Exception) -> str:
    """Why a file is refused, from what the parsers say."""
    if isinstance(error, RefusedError):
        return str(error.args[0])
    if isinstance(error, MemoryError) or "Bomb" in type(error).__name__:
        return "too_many_pixels"
    return "password" if "password" in str(error).lower() else "damaged"


def main() -> None:
    """Everything is loaded first: afterwards no file can be opened."""
    import pypdfium2
    from PIL import Image, ImageOps, JpegImagePlugin, MpoImagePlugin, PngImagePlugin  # noqa: F401

    Image.preinit()
    pypdfium2.PdfDocument.new().close()  # starts the library
    codecs.lookup("utf-16-le")  # in which it tells text
    confine()
    try:
        media_type, count, made = clean(sys.stdin.buffer.read())
        header: dict[str, Any] = {"media_type": media_type, "pages": count}
    except Exception as error:
        header, made = {"rule": rule_of(error)}, b""
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n" + made)
    sys.stdout.buffer.flush()
    os._exit(0)  # no parser cleans up after itself


if __name__ == "__main__":
    main()
