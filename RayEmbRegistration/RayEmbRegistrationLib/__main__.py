"""``python -m RayEmbRegistrationLib``: register, prepare, evaluate and drr from the command line."""

import sys

from RayEmbRegistrationLib.command_line.main import main

if __name__ == "__main__":
    sys.exit(main())
