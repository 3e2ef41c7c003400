"""Settings of the project's own tests; everything a user of the suite needs is in the installed plugin."""

import hypothesis

pytest_plugins = ["pytester"]

# The same examples everywhere: Hypothesis would switch to its `ci` profile by itself where CI is set.
hypothesis.settings.register_profile("specwitness", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("specwitness")
