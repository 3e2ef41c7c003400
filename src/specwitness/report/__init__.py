"""Say what one run showed of each contract, or what changed in one: as data, as pages, and as files.

`model.RunReport` is the whole of it, readable without the contracts; `schema.json` describes its JSON form.
Renderers word it, each a pure function of it: `page` and `markdown` for people, `junit` for CI, `terminal` for the end
of a run, `sarif`, `har` and `github` (annotations) for other tools. `words` holds the phrases they share, `checks` says
which check a finding belongs to, `text` makes foreign text harmless and short. `write` puts the files in place.

`history` knows earlier runs, `run_diff` compares two reports; `issue` and `notice` say what is news to people.

`drift_model.DriftReport` is what a comparison of two descriptions showed, `drift-schema.json` its JSON form, and each
`drift_*` a rendering of it; one finding is worded by the same functions in both.
"""
