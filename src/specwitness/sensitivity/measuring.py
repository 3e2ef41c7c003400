"""Measure all faults of a contract, on several processes, kept on disk so that an interrupted measurement goes on."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from specwitness import mock
from specwitness.contract import load
from specwitness.contract.model import Contract
from specwitness.mock.faults import Fault
from specwitness.sensitivity.rehearsal import Result, Stage, staged

Progress = Callable[[int, int, Result], None]
"""Told after each run: how many are done, of how many, and the last result."""


@dataclass(frozen=True)
class Measurement:
    """Every fault of a contract and what became of it; `clean` is the run without any.

    `partial` says that only some faults were asked for.
    """

    contract: str
    faults: tuple[Fault, ...]
    results: tuple[Result, ...]
    clean: Result
    partial: bool = False


def measured(
    folder: Path, *, names: Sequence[str] = (), jobs: int, kept: Path, progress: Progress = lambda *_: None
) -> Measurement:
    """Run the suite against every observable fault of a contract, or those of the given names.

    What is done is appended to the file `kept`, and not done again while neither the contract nor our code changes.
    Raises UnknownFaultError for a name that the contract does not have.
    """
    contract = load.load(folder)
    catalogue = mock.app([contract])
    for name in names:
        catalogue.faults_named(name)
    faults = [one for one in catalogue.catalogues[contract.name].values() if not names or one.name in names]
    wanted = [one for one in faults if one.unobservable is None]
    done = {result.fault: result for result in _read(kept, _key(contract))}
    tasks = ["", *(one.name for one in wanted)]
    with kept.open("a", encoding="utf-8") as file:
        for result in _run(folder, [task for task in tasks if task not in done], jobs):
            done[result.fault] = result
            file.write(_line(result) + "\n")
            file.flush()
            progress(len(done), len(tasks), result)
    return Measurement(
        contract=contract.name,
        faults=tuple(faults),
        results=tuple(done[one.name] for one in faults if one.name in done),
        clean=done[""],
        partial=bool(names),
    )


def _run(folder: Path, tasks: Sequence[str], jobs: int) -> Iterator[Result]:
    """Yield results as they come; each process has a mock of its own."""
    if not tasks:
        return
    # A process that is forked from one with threads may hang; a new one costs a second. The block's end ends them all.
    context = multiprocessing.get_context("spawn")
    with context.Pool(min(jobs, len(tasks)), initializer=_begin, initargs=(folder,)) as pool:
        yield from pool.imap_unordered(_one, tasks)


_stage: list[Stage] = []
"""The stage of this process, made when it begins; it ends with the process, as the mock's thread does."""
_open = ExitStack()


def _begin(folder: Path) -> None:
    # An interrupt is for the process that measures; it ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _stage.append(_open.enter_context(staged(load.load(folder))))


def _one(name: str) -> Result:
    return _stage[0].run(name or None)


def _read(kept: Path, key: str) -> list[Result]:
    """Return what was done before, if that was with the same contract and code; the file holds just that then."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    lines = kept.read_text(encoding="utf-8").splitlines() if kept.is_file() else []
    done: list[Result] = []
    for line in lines[1:] if lines[:1] == [key] else ():
        # The last line may be that of a process that was killed while it wrote.
        with suppress(ValueError, TypeError, KeyError):
            done.append(Result.from_json(json.loads(line)))
    kept.write_text("".join(f"{line}\n" for line in (key, *map(_line, done))), encoding="utf-8")
    return done


def _line(result: Result) -> str:
    return json.dumps(result.to_json())


def _key(contract: Contract) -> str:
    """Return what a measurement depends on: the contract's files and our code."""
    digest = hashlib.sha256()
    ours = Path(__file__).parents[1]
    for path in (*sorted(ours.rglob("*.py")), *_files(contract.folder)):
        digest.update(path.name.encode() + path.read_bytes())
    return json.dumps({"contract": contract.name, "of": digest.hexdigest()})


def _files(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and path.name != "survivors.yaml")
