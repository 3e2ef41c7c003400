"""The sources of a contract against each other: what they contradict each other in.

Enter at `disagreements.of_contract`.

    said.py           what each source says, as a contract of its own that may be partial
    views.py          the objects of its document, with references followed
    ground.py         what two sources both speak of: two documents that differ only where the sources contradict
    judged.py         what the judge says of that ground, at the places of the sources; what one of two lists lacks
    sayings.py        what words, names and examples say
    shown.py          examples against schemas
    rules.py          the rules of this room
    disagreements.py  all of that, each cause once
    copies.py         a source against a new copy of it
"""
