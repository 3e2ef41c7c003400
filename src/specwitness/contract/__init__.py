"""A contract: one folder under `specs/`, read, corrected, and ready to judge messages.

Entry points: `load.find` and `load.load` (a folder becomes a `Contract`), `conformance.refusals` (one exchange against
its operation), `lint.lint` (the document against itself). From the bottom: `document` reads files, `pointers` finds
places, `overlay` corrects, `dialect` and `schemas` judge values, `operations` and `model` are what the rest sees,
`checking` is how hand-written checks are declared.
"""
