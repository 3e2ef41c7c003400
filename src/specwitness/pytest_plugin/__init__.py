"""Door 1: pytest. Options, the parametrisation of the suite, and the report at the end of a run.

Silent until a test of `specwitness.suite` is collected. Each test attaches what it saw to its own report, which is how
it reaches the process that writes, with pytest-xdist or without.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from specwitness.conclusion.reporting import exit_code
from specwitness.conclusion.shards import Shard
from specwitness.contract.checking import Workflow
from specwitness.contract.model import Contract, Operation
from specwitness.exceptions import ReportError, SpecwitnessError
from specwitness.pytest_plugin import ordering, rootdir, sharding
from specwitness.pytest_plugin.ending import sigterm_like_ctrl_c
from specwitness.pytest_plugin.fixtures import _specwitness_mock, specwitness_contracts, specwitness_mock
from specwitness.pytest_plugin.reporting import Collector
from specwitness.pytest_plugin.run import Options, SuiteRun
from specwitness.record import Record
from specwitness.redaction import Redaction
from specwitness.report import terminal
from specwitness.report.history import store
from specwitness.report.model import ContractReport
from specwitness.runner.profile import PROFILES, seed_for
from specwitness.suite.trial import SAW, Trial

__all__ = [
    "_specwitness_mock",
    "specwitness_contracts",
    "specwitness_mock",
]  # pytest finds fixtures in the plugin itself

RUN = pytest.StashKey[SuiteRun]()

_ATTACHED = "specwitness"
"""The attribute of a test report that holds what the test saw; pytest-xdist carries attributes it does not know."""

_SUITE = "specwitness_suite"
"""What a worker of pytest-xdist calls the digest of the suite's tests where it tells the controller."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a contract run; `--base-url` is pytest-base-url's."""
    group = parser.getgroup("specwitness", "contract testing (specwitness)")
    group.addoption(
        "--contract", action="append", default=[], metavar="NAME", help="test this contract only; repeatable"
    )
    group.addoption(
        "--operation",
        action="append",
        default=[],
        metavar="OPERATION",
        help="test this operation only: operationId, path, 'METHOD /path' or tag; repeatable",
    )
    group.addoption("--profile", choices=list(PROFILES), default="gate", help="how much to send (default: gate)")
    group.addoption("--seed", type=int, default=None, help="repeat a nightly run: the seed it printed")
    group.addoption(
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a credential or id, instead of its environment variable; several ids are separated by commas; repeatable",
    )
    group.addoption(
        "--allow-writes", action="store_true", help="let other methods than GET and HEAD leave this machine"
    )
    group.addoption(
        "--shard",
        default=None,
        metavar="K/N",
        help="run one of N parts of the contract suite's tests; `specwitness report merge` makes one report of them",
    )
    group.addoption("--specs", default="specs", metavar="DIR", help="where the contracts are (default: specs)")
    group.addoption("--report-dir", default="reports", metavar="DIR", help="where reports go (default: reports)")
    group.addoption(
        "--history",
        default=None,
        metavar="FILE",
        help="where earlier runs are remembered (default: history.db where reports go)",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """Let the values of our options not be taken for paths of tests."""
    rootdir.correct(early_config, args)


def pytest_configure(config: pytest.Config) -> None:
    """Read the options; nothing is loaded or started yet, unless a name that was given has to be looked up."""
    config.stash[RUN] = run = SuiteRun(_options(config))
    try:
        run.require_what_was_named()
    except SpecwitnessError as error:
        raise pytest.UsageError(str(error)) from None
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Reporter(config), "specwitness-reporter")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers and close the connections of this process."""
    if run := config.stash.get(RUN, None):
        run.close()


def _options(config: pytest.Config) -> Options:
    profile = config.getoption("profile")
    # With xdist the controller chooses the seed, and every worker gets it.
    worker = getattr(config, "workerinput", {})
    seed = worker.get("specwitness_seed", config.getoption("seed"))
    given = dict(_pair(text) for text in config.getoption("param"))
    shard = _shard(config.getoption("shard"))
    if shard is not None and profile != "gate" and seed is None:
        raise pytest.UsageError(f"--shard with --profile {profile}: give every shard of a run the same --seed")
    return Options(
        specs=_path(config, config.getoption("specs")),
        contracts=tuple(config.getoption("contract")),
        operations=tuple(config.getoption("operation")),
        base_url=config.getoption("base_url", default=None) or None,
        given=given,
        profile=PROFILES[profile],
        seed=seed_for(profile, seed),
        allow_writes=config.getoption("allow_writes"),
        report_dir=_path(config, config.getoption("report_dir")),
        history=None if shard is not None or _is_of_some_tests(config) else _history(config),
        shard=shard,
    )


def _history(config: pytest.Config) -> Path:
    given = config.getoption("history")
    if given is None:
        return _path(config, Path(config.getoption("report_dir")) / store.FILE_NAME)
    path = _path(config, given)
    if not path.parent.is_dir():
        raise pytest.UsageError(f"--history {given}: there is no folder {path.parent}. Make it, or name another file")
    return path


def _is_of_some_tests(config: pytest.Config) -> bool:
    """Say whether tests were chosen in pytest's own ways: such a run looks for a part of what others found."""
    chosen = (config.getoption(name, default=None) for name in ("keyword", "markexpr", "deselect", "lf"))
    return any(chosen) or any("::" in argument for argument in config.args)


def _shard(text: str | None) -> Shard | None:
    try:
        return None if text is None else Shard.parsed(text)
    except ValueError as error:
        hint = "Give for example --shard 1/3, 2/3 and 3/3 on three machines"
        raise pytest.UsageError(f"--shard {text}: {error}. {hint}") from None


def _path(config: pytest.Config, text: str | Path) -> Path:
    return config.invocation_params.dir / text


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise pytest.UsageError(f"--param {name}: it is not NAME=VALUE. Give for example --param runId=ru_1,ru_2")
    return name, value


@pytest.hookimpl(wrapper=True)
def pytest_report_header() -> Generator[None, list[object], list[object]]:
    """Keep the password of a base URL out of the header that pytest-base-url writes."""
    lines = yield
    redacted: list[object] = Redaction().json(lines)
    return redacted


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand the run's seed to a worker of pytest-xdist."""
    node.workerinput["specwitness_seed"] = node.config.stash[RUN].options.seed


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the tests of a contract together; leave those of other shards out, when `-k` and the like have chosen."""
    items[:] = ordering.together(items)
    run = config.stash[RUN]
    if run.options.shard is None:
        return
    run.suite = sharding.digest(items)
    # A worker of pytest-xdist collects, and the controller, which does not, writes the report.
    getattr(config, "workeroutput", {})[_SUITE] = run.suite
    items[:], others = sharding.dealt(items, run.options.shard)
    config.hook.pytest_deselected(items=others)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of each contract, operation or workflow; ids are `contract-operation`, selectable and stable."""
    wanted = sharding.CASES & set(metafunc.fixturenames)
    if not wanted or not metafunc.module.__name__.endswith("test_contract"):
        return
    run = metafunc.config.stash[RUN]
    values: dict[str, Any] = {}
    name = next(iter(wanted))
    for key, contract in run.selected().items():
        if name == "contract_case":
            values[key] = (key, contract)
        elif isinstance(contract, Contract):
            if name == "operation_case":
                values |= {f"{key}-{operation.key}": (contract, operation) for operation in run.operations(contract)}
            elif not run.options.operations:
                values |= {f"{key}-{workflow.name}": (contract, workflow) for workflow in contract.workflows}
    metafunc.parametrize(name, list(values.values()), ids=list(values), indirect=True)


@pytest.fixture
def contract_case(request: pytest.FixtureRequest) -> Trial[None]:
    """One contract, to be tested as a whole."""
    name, contract = request.param
    return Trial(request.config.stash[RUN], request.node, name, contract, None)


@pytest.fixture
def operation_case(request: pytest.FixtureRequest) -> Trial[Operation]:
    """One operation of a contract."""
    contract, operation = request.param
    return Trial(request.config.stash[RUN], request.node, contract.name, contract, operation)


@pytest.fixture
def workflow_case(request: pytest.FixtureRequest) -> Trial[Workflow]:
    """One workflow of a contract."""
    contract, workflow = request.param
    return Trial(request.config.stash[RUN], request.node, contract.name, contract, workflow)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach what a test saw to its report, as JSON text: the form that crosses from a worker to the controller."""
    report = yield
    if report.when == "call" and (saw := item.stash.get(SAW, None)):
        contract, record = saw
        del item.stash[SAW]
        setattr(report, _ATTACHED, json.dumps([contract, record.to_json()]))
    return report


@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Leave out of a report what was attached to it, once a worker has sent it on and the controller taken it in.

    pytest keeps the reports of all tests in every process, and of very many contracts that would be all they saw.
    """
    if hasattr(report, _ATTACHED):
        delattr(report, _ATTACHED)


class Reporter:
    """The hooks of the process that writes: the only one, or the controller of pytest-xdist."""

    def __init__(self, config: pytest.Config) -> None:
        """Write nothing until a test of the suite has run."""
        self._run = config.stash[RUN]
        self._collector = Collector(self._run)
        self._reports: list[ContractReport] = []
        self._until_the_end = ExitStack()
        self._fault: ReportError | None = None
        self._foreign_failure = False

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over from a worker of pytest-xdist which tests were dealt out to shards."""
        self._run.suite = getattr(node, "workeroutput", {}).get(_SUITE, self._run.suite)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in what a test saw; a report that cannot be written must not cost the verdict."""
        attached = getattr(report, _ATTACHED, None)
        if attached is None:
            self._foreign_failure |= report.failed
            return
        contract, record = json.loads(attached)
        if not self._collector:
            # From here on there is something to report.
            self._until_the_end.enter_context(sigterm_like_ctrl_c())
        try:
            self._collector.add(contract, Record.from_json(record))
        except ReportError as fault:
            self._fault = fault

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the final reports, and let the exit code say the verdict."""
        if not self._collector and not self._is_idle:
            return
        stopped_early = bool(
            session.exitstatus == pytest.ExitCode.INTERRUPTED or session.shouldstop or session.shouldfail
        )
        try:
            self._reports = self._collector.finish(partial=stopped_early)
            # What a full disk refused before, it has taken now.
            self._fault = None
        except ReportError as fault:
            self._fault = fault
            self._reports = self._collector.reports(partial=stopped_early)
        judged = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}
        if session.exitstatus in judged | ({pytest.ExitCode.NO_TESTS_COLLECTED} if self._is_idle else set()):
            session.exitstatus = self._exit_code()

    @property
    def _is_idle(self) -> bool:
        """Whether there is so little for so many shards that this one saw nothing: the merge asks for it too."""
        return bool(self._run.suite) and not self._collector

    def _exit_code(self) -> int:
        if self._foreign_failure:
            return pytest.ExitCode.TESTS_FAILED
        return exit_code(self._reports)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """End with a summary a person can act on."""
        if self._is_idle:
            terminalreporter.write_line(f"shard {self._run.options.shard}: no test of the contract suite was run in it")
        for report in self._reports:
            terminalreporter.section(f"contract {report.contract}")
            console = Console(force_terminal=terminalreporter.hasmarkup)
            with console.capture() as captured:
                # What an earlier moment of the run has left is not the report of its end.
                page = None if self._fault else self._collector.page
                terminal.render(report, console, path=str(page or ""))
            terminalreporter.write(captured.get())
        why = str(self._collector.without_history or "")
        if why and not any(why in note for report in self._reports for note in report.notes):
            terminalreporter.write_line(why, yellow=True)
        if self._fault is not None:
            terminalreporter.write_line(str(self._fault), red=True)

    def pytest_unconfigure(self) -> None:
        """Leave SIGTERM to others again."""
        self._until_the_end.close()
