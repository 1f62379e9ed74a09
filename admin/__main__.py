"""`python -m admin`."""

import sys

from admin.app import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
