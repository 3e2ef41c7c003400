"""Say what one run showed of each contract, or what changed in one: as data, as pages, and as files.

`model.RunReport` is the whole of it, readable without the contracts; `schema.json` describes its JSON form.
Renderers word it, each a pure function of it: `page` and `markdown` for people, `junit` for CI, `terminal` for the end
of a run, `sarif` and `har` for other tools. `words` holds the phrases they share, `text` makes foreign text harmless
and short. `write` puts the files in place.

`drift_model.DriftReport` is what a comparison of two descriptions showed, `drift-schema.json` its JSON form, and each
`drift_*` a rendering of it; one finding is worded by the same functions in both.
"""
