"""`python -m parvis_open311_check`."""

import sys

from parvis_open311_check.cli import main

sys.exit(main())
