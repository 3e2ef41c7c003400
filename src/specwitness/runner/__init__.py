"""Send requests to a server, judge what comes back, and keep what was seen.

Entry point: `session.ContractSession`, one per contract and process; the functions of `phases` and `stateful` are what
the tests of the suite call on it. `target` says what is tested, `transport` is the only way out, `generation` is all
we touch of schemathesis, `judge` turns an exchange into findings, `recorder` gathers them, `preflight` asks first
whether there is anything to test, and `verdict` concludes.
"""
