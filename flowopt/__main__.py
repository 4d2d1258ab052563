"""`python -m flowopt` is `flowopt`."""

import sys

from flowopt.cli import main

if __name__ == "__main__":
    sys.exit(main())
