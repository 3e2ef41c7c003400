"""The door to the suite that ships with specwitness, so that plain `pytest --base-url URL` runs it."""

from specwitness.suite.test_contract import *  # noqa: F403 - a door names nothing itself
