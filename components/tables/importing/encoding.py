"""Which encoding a text file has: exact for Unicode, else a guess by letters, which the user is told."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from components.errors import FileError
from components.tables.importing.letters import guess_codec

CHUNK = 1 << 23
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SAMPLE = 1 << 18  # bytes around characters beyond ASCII that a guess looks at


@dataclass(frozen=True)
class Scan:
    """What one pass over the bytes found.

    Attributes:
        encoding: Python's name of the encoding; ``mixed`` is UTF-8 with some bytes of Windows-1252.
        certain: False where it is a guess.
        lines: Line feeds in the file.
        nuls: NUL bytes, which are dropped.
        tidy: True where the file can be read as it lies: UTF-8 without a mark, one kind of line end, no NULs.
    """

    encoding: str
    certain: bool
    lines: int
    nuls: int
    tidy: bool


def scan(file: Path, filename: str) -> Scan:
    """Read the whole file once (about half a second for a gigabyte) and say how its bytes are to be read.

    Raises:
        FileError: The file is binary.
    """
    with file.open("rb") as stream:
        head = stream.read(4096)
    marked = next((name for mark, name in MARKS if head.startswith(mark)), None)
    wide = marked or _wide_without_mark(head)
    if wide and wide != "utf-8-sig":
        return Scan(wide, marked is not None, 0, 0, tidy=False)
    _refuse_binary(head, filename)
    counts = _count(file)
    encoding, certain = ("utf-8", True) if counts.clean else _guess(file, counts)
    one_line_end = counts.returns == 0 or counts.returns == counts.pairs == counts.lines
    tidy = counts.clean and marked is None and one_line_end and not counts.nuls
    return Scan(encoding, certain, counts.lines, counts.nuls, tidy)


@dataclass
class _Counts:
    lines: int = 0
    returns: int = 0
    pairs: int = 0  # a carriage return with its line feed
    nuls: int = 0
    wide: int = 0  # valid characters beyond ASCII seen before the first fault
    clean: bool = True


def _count(file: Path) -> _Counts:
    counts = _Counts()
    decoder = codecs.getincrementaldecoder("utf-8")()
    last = b""
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            counts.lines += chunk.count(b"\n")
            counts.nuls += chunk.count(b"\x00")
            if b"\r" in chunk or last == b"\r":
                counts.returns += chunk.count(b"\r")
                counts.pairs += chunk.count(b"\r\n") + (last == b"\r" and chunk[:1] == b"\n")
            last = chunk[-1:]
            _check(counts, decoder, chunk)
    _check(counts, decoder, b"", final=True)
    return counts


def _check(counts: _Counts, decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> None:
    if not counts.clean or (chunk.isascii() and not final and not decoder.getstate()[0]):
        return
    try:
        text = decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        good = error.object[: error.start].decode("utf-8", "replace")
        counts.wide += len(good) - sum(character < "\x80" for character in good)
        counts.clean = False
    else:
        counts.wide += len(text.encode("utf-8")) - len(text) if not text.isascii() else 0


def _guess(file: Path, counts: _Counts) -> tuple[str, bool]:
    sample = _wide_bytes(file)
    faults = sum(character == "\ufffd" for character in sample.decode("utf-8", "replace"))
    if counts.wide and faults and _utf8_share(sample) > 0.5:
        return "mixed", False
    return guess_codec(sample), False


def _utf8_share(sample: bytes) -> float:
    """Among the bytes beyond ASCII, the share that valid UTF-8 explains."""
    beyond = sum(byte >= 0x80 for byte in sample)
    kept = sum(byte >= 0x80 for byte in sample.decode("utf-8", "ignore").encode())
    return kept / max(1, beyond)


def _wide_bytes(file: Path) -> bytes:
    """The lines that hold bytes beyond ASCII, up to ``SAMPLE`` bytes, from wherever in the file they are."""
    found: list[bytes] = []
    size = 0
    with file.open("rb") as stream:
        while size < SAMPLE and (chunk := stream.read(1 << 20)):
            if chunk.isascii():
                continue
            chunk += stream.readline(1 << 16)
            lines = [line for line in chunk.splitlines(keepends=True) if not line.isascii()]
            found.append(b"".join(lines)[: SAMPLE - size])
            size += len(found[-1])
    return b"".join(found)


def _wide_without_mark(head: bytes) -> str | None:
    """UTF-16 without its mark: commas, digits and line ends have a NUL, always on the same side."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    few = len(head) // 64
    for codec, nuls, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if nuls > few and not others:
            try:
                text = head[: len(head) // 2 * 2 - 2].decode(codec)
            except UnicodeDecodeError:
                continue
            return codec if "\n" in text or "\r" in text else None
    return None


def _refuse_binary(head: bytes, filename: str) -> None:
    strange = sum(byte < 9 or 13 < byte < 27 or 27 < byte < 32 for byte in head)
    strange -= sum(head.count(byte) for byte in (0, 1, 0x1E, 0x1F))  # separators of some databases
    if strange > len(head) / 20 or head.count(0) > len(head) / 3:
        raise FileError(
            f"{filename} looks like a binary file, not a text table.", todo="Upload CSV, Excel, JSON or Parquet."
        )


def write_utf8(file: Path, encoding: str, target: Path) -> int:
    """Write the file again as UTF-8 with line feeds and without NULs; characters that fit nowhere become U+FFFD.

    Returns:
        How many characters did not fit.
    """
    codec, errors = ("utf-8", "windows-1252 where not utf-8") if encoding == "mixed" else (encoding, "replace")
    lost, pending = 0, ""
    with (
        file.open("r", encoding=codec, errors=errors, newline="") as source,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        while block := source.read(1 << 20):
            block = pending + block
            pending = "\r" if block.endswith("\r") else ""
            lost += block.count("\ufffd")
            out.write(_plain(block[: len(block) - len(pending)]))
        out.write(_plain(pending))
    return lost


def _plain(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")


def _one_byte(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    byte = error.object[error.start : error.start + 1]
    return byte.decode("cp1252", "replace"), error.start + 1


codecs.register_error("windows-1252 where not utf-8", _one_byte)
