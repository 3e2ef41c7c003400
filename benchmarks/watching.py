"""Run a program and watch its output, as a person does: what it says, how long it takes, when it shows a sign."""

from __future__ import annotations

import codecs
import os
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

GRACE = 10.0
"""Seconds in which a program that is told to stop may say what it has found."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Watched:
    """A program that has ended or was stopped: what it said, its seconds, and those until its output had the sign."""

    said: str
    seconds: float
    first: float | None


def watched(
    command: Sequence[str], sign: re.Pattern[str], *, limit: float, place: Path, settings: Mapping[str, str]
) -> Watched:
    """Run a command in a folder and read its output as it comes; beyond the limit, end it as Ctrl-C does.

    What is searched for the sign is each line, and what there is of a line that is not complete.
    """
    started = time.perf_counter()
    said, line, first = [], "", None
    with subprocess.Popen(  # noqa: S603 - a list
        command,
        cwd=place,
        env=settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            for text in _heard_to_its_end(process, started + limit):
                said.append(text)
                line += text
                if first is None and sign.search(_COLOUR.sub("", line)):
                    first = time.perf_counter() - started
                line = line[line.rfind("\n") + 1 :]
        finally:
            with suppress(ProcessLookupError):
                # With what it has started itself: Specmatic is a program of Node that runs one of Java.
                os.killpg(process.pid, signal.SIGKILL)
    return Watched(_COLOUR.sub("", "".join(said)), time.perf_counter() - started, first)


def _heard_to_its_end(process: subprocess.Popen[bytes], until: float) -> Iterator[str]:
    yield from _heard(process, until)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        yield from _heard(process, time.perf_counter() + GRACE)


def _heard(process: subprocess.Popen[bytes], until: float) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    while process.stdout and select.select([process.stdout], [], [], max(0.0, until - time.perf_counter()))[0]:
        piece = os.read(process.stdout.fileno(), 65536)
        if not piece:
            # All output has ended, and the process is about to.
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, until - time.perf_counter()))
            return
        yield decoder.decode(piece)
