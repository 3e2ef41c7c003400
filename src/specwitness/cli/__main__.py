"""`python -m specwitness.cli` is `specwitness`."""

from specwitness.cli import main

main()
