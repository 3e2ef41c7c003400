"""Say what the records of a run show of each contract: the one answer of both doors.

`reporting.report_of` judges a contract by the record of all its tests, and `reporting.exit_code` says it as a number.
`shards` keeps what one part of a run saw, and makes one run of all its parts. `contracts` finds what is tested.
"""
