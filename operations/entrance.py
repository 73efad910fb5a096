"""What every command needs before it starts: output that can't fail, and enough open files."""

from __future__ import annotations

import codecs
import io
import sys

from operations.failures import EXIT_SETTINGS, OUT_OF_FILES, StartError

FILES_NEEDED, FILES_WANTED = 64, 4096
_IN_ASCII = {"✓": "OK", "✗": "ERROR", "…": "...", "›": ">", "·": "-"}


def speak_any_encoding() -> None:
    """If the output's encoding lacks a character, escape it instead of failing."""
    codecs.register_error("in_ascii", _in_ascii)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="in_ascii")


def allow_files() -> None:
    """Raise the limit of open files as far as allowed. Raises StartError if that isn't enough."""
    try:
        import resource
    except ImportError:  # Windows, where the limit is high
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    possible = FILES_WANTED if hard == resource.RLIM_INFINITY else min(FILES_WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < possible:
        resource.setrlimit(resource.RLIMIT_NOFILE, (possible, hard))
    if possible < FILES_NEEDED:
        raise StartError(OUT_OF_FILES, EXIT_SETTINGS)


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_IN_ASCII.get(sign, "?") for sign in error.object[error.start : error.end]), error.end
