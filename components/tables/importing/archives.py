"""Packed files: gz, bz2, xz hold one file, zip holds several. What unpacks to too much is refused before it does."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

from components.errors import FileError

RATIO = 200  # unpacked to packed; more is a bomb
SMALL = 1 << 20  # bytes below which the ratio says nothing
BLOCK = 1 << 20
MOST_MEMBERS = 200
JUNK = re.compile(r"(^|/)(__MACOSX/|\.(?!\.)|Thumbs\.db$|desktop\.ini$)", re.I)
OPENERS: dict[str, Callable[..., Any]] = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open}


def unpack_one(file: Path, kind: str, filename: str, target: Path, most: int) -> None:
    """Unpack a gz, bz2 or xz file.

    Raises:
        FileError: It is damaged, or unpacks to more than ``most`` bytes or 200 times its size.
    """
    try:
        with OPENERS[kind](file, "rb") as source, target.open("wb") as out:
            _pour(source, out, file.stat().st_size, most, filename)
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise _damaged(filename) from error


def members(file: Path, filename: str, most: int) -> list[zipfile.ZipInfo]:
    """The files of a zip that are meant as content, checked before anything is unpacked.

    Raises:
        FileError: A name leads out of the archive, it is protected, or it unpacks to too much.
    """
    with zipfile.ZipFile(file) as archive:
        found = [info for info in archive.infolist() if not info.is_dir() and not JUNK.search(info.filename)]
    for info in found:
        _check_member(info, filename)
    total = sum(info.file_size for info in found)
    if total > most:
        raise _too_large(filename, most)
    if len(found) > MOST_MEMBERS:
        raise FileError(f"{filename} holds {len(found):,} files; {MOST_MEMBERS} are the most.", todo="Split it.")
    if not found:
        raise FileError(f"{filename} holds no files.", todo="Choose an archive that holds a table.")
    return found


def _check_member(info: zipfile.ZipInfo, filename: str) -> None:
    name = info.filename.replace("\\", "/")
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", name) or "\x00" in name:
        todo = "Pack it again without such names."
        raise FileError(f"{filename} holds the name {name!r}, which leads out of the archive.", todo=todo)
    if info.flag_bits & 1:
        todo = "Remove the password and upload it again."
        raise FileError(f"{filename} is password-protected, so there is nothing to read yet.", todo=todo)
    if info.file_size > SMALL and info.file_size > RATIO * max(1, info.compress_size):
        raise _bomb(filename)


def unpacked(file: Path, filename: str, most: int, new: Callable[[str], Path]) -> Iterator[tuple[str, Path]]:
    """Unpack the members of a zip one after the other: name and path of each."""
    for info in members(file, filename, most):
        target = new(".member")
        try:
            with zipfile.ZipFile(file) as archive, archive.open(info) as source, target.open("wb") as out:
                _pour(source, out, info.compress_size, info.file_size, filename)
        except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError) as error:
            raise _damaged(filename) from error
        yield info.filename, target
        target.unlink(missing_ok=True)


def _pour(source: IO[bytes], out: IO[bytes], packed: int, most: int, filename: str) -> None:
    done = 0
    while block := source.read(BLOCK):
        done += len(block)
        if done > most:
            raise _too_large(filename, most)
        if done > SMALL and done > RATIO * max(1, packed):
            raise _bomb(filename)
        out.write(block)


def _too_large(filename: str, most: int) -> FileError:
    todo = "Upload its files one by one."
    return FileError(f"{filename} unpacks to more than {most / 2**30:,.1f} GB.", todo=todo)


def _bomb(filename: str) -> FileError:
    todo = "Upload the table without packing it."
    return FileError(f"{filename} unpacks to more than {RATIO} times its size, as only a harmful file does.", todo=todo)


def _damaged(filename: str) -> FileError:
    return FileError(f"{filename} is a damaged or half-copied archive.", todo="Pack it again and upload it again.")
