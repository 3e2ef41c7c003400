"""The contract tests themselves, shipped so that any repository with a `specs/` folder can run them.

pytest --pyargs specwitness.suite --base-url URL
"""
