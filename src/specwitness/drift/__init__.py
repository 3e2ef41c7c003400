"""Say what changed between two descriptions of an API, whom it breaks, and prove it. Entry point: `comparing.compare`.

`pairing` says which operations are the same, `messages` what may be sent in one of them as one schema, `bundle` holds
the schemas of both sides in one document, `gaps` finds values that one side allows and the other refuses (`applicators`
has what each keyword that holds schemas asks), and `comparing` has both validators judge whole messages with them.
`rules` says what no schema can. `sourced` compares the sources of a contract, `sdk` a contract with models of an SDK,
`observed` with what was recorded.
"""
