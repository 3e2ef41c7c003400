"""Read other descriptions of an API into a possibly partial OpenAPI document.

A contract rests on what somebody wrote down: an OpenAPI file, a documentation page, the page of an SDK's model. They
describe the same API, each in its own form and each leaving things out. This room turns every form into one, so that
they can be compared, and keeps apart what a source denies from what it merely does not mention.

Enter at `read`: it takes a text and the kind of source it is, and gives a `Description`. `merge` makes one document of
several that describe different operations, and `vendor.derive` writes the `openapi.yaml` of a contract's folder.

    description.py       the result: a partial document, and where its silence means nothing
    kinds.py             every kind of source, with its reader
    openapi_file.py      `openapi`: a whole document
    markdown_openapi.py  `markdown-openapi`: a page with a fragment of a document in a fence
    rendered_page.py     `rendered-page`: the plain text of a rendered reference page
    sdk_model_page.py    `sdk-model-page`: an SDK's model, as an example and a table of fields
    mdx_page.py          `mdx-page`: tags for parameters and fields, fences for examples
    merging.py, vendor.py, yaml_text.py    from descriptions to the vendored file
    lines.py             where on its page a person finds what was read
    replacing.py         a new copy of a source, in the place of the old one
    page.py, markdown.py, tags.py, samples.py, type_names.py, typescript.py, examples.py    what the readers share
"""

from specwitness.sources.description import Description
from specwitness.sources.kinds import KINDS, read
from specwitness.sources.merging import merge
from specwitness.sources.vendor import derive

__all__ = ["KINDS", "Description", "derive", "merge", "read"]
