"""Say what one run against one contract showed: as data, as pages, and as files under `reports/`.

`model.RunReport` is the whole of it, readable without the contract it is about; `schema.json` describes its JSON form.
Three renderers word it, each a pure function of it: `markdown` for people, `junit` for CI, `terminal` for the end of a
run. `words` holds the phrases they share, `text` makes foreign text harmless and short. `write` puts the files in
place.
"""
