"""Run the notebook argv[1] with nbclient and the Python kernel, and write it to argv[2]."""
import sys

import nbformat
from nbclient import NotebookClient

nb = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(nb, kernel_name="python3", startup_timeout=300, iopub_timeout=300, record_timing=False, skip_cells_with_tag="skip-execution").execute()
nbformat.validate(nb)
nbformat.write(nb, sys.argv[2])
