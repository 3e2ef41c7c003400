"""Send requests to a server, judge what comes back, and keep what was seen.

Entry point: `session.ContractSession`, one per contract and process; what the tests of the suite call on it are the
functions of `phases` (what is known, what is unknown, what is random), `ids` (unusual ids), `access` (credentials),
`views` and `stories` (several operations, one resource) and `stateful` (workflows and links). `plan` lists them all.

`target` says what is tested, `transport` is the only way out, on the `bounded` connections, `generation` is all we
touch of schemathesis, `guessing` makes ids like known ones, `judge` turns an exchange into findings, `recorder` gathers
them, `silence` says who is not waited for any more, `preflight` asks first whether there is anything to test, and
`verdict` concludes.
"""
