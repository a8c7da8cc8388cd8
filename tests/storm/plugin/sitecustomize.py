"""Python runs this at the start of each process of a storm, since its folder stands first on PYTHONPATH.

Only the product's own processes are changed: a shorter retry schedule, and the design mutant that is asked for.
"""

import os
import sys

OURS = ("-m workers", "from workers.relay", "-m gateway.live", "-m gunicorn")

if any(each in " ".join(sys.orig_argv) for each in OURS):
    from tests.storm import mutants

    mutants.prepare(os.environ)
