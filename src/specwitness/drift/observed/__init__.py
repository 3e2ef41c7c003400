"""What was seen of an API and is not described, and what is described and was not seen.

Entry points: `recording.read`, then `observing.observe`. `json_stream` and `recording` read what somebody recorded.
`addresses` says which of it is the API's, `guessing` what the templates of unknown paths are. `undescribed` asks of
each exchange what conformance does not: what was allowed, though nobody promised it; `walking` does so for bodies,
`headers` knows what is no news, `texts` counts. `unseen` keeps what is left, `rules` are what all of that is called.
`observing` puts together what is found, and `secrets` lets nothing else out.
"""
