"""Undo what pytest concludes from `--report-dir DIR` and the like, where DIR exists.

pytest looks for its configuration file before plugins can declare their options. Until then it takes the value of an
option it does not know for the path of a test, and finds another root directory and no `testpaths`: the run would
collect every test below the current folder (https://docs.pytest.org/en/stable/reference/customize.html, "rootdir").
"""

from __future__ import annotations

import pytest
from _pytest.config.findpaths import determine_setup


def correct(config: pytest.Config, args: list[str]) -> None:
    """Find the root directory and configuration again, now that the options are known.

    Uses private attributes of pytest, whose version is bounded in pyproject.toml for other reasons too; a test runs
    pytest with such an option and compares.
    """
    known = config.known_args_namespace
    rootpath, inipath, inicfg, _ = determine_setup(
        inifile=known.inifilename,
        override_ini=known.override_ini,
        args=known.file_or_dir,
        rootdir_cmd_arg=known.rootdir or None,
        invocation_dir=config.invocation_params.dir,
    )
    if (rootpath, inipath) == (config.rootpath, config.inipath):
        return
    config._rootpath, config._inipath, config._inicfg = rootpath, inipath, inicfg
    config._inicache.clear()
    args[:0] = config.getini("addopts")
