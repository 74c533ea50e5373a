"""The developers' tooling behind the commands in ``script/``.

The package needs nothing but Python's standard library, because it builds the
virtual environment itself. This file stays readable for any Python 3, so that a
version that does not fit gets a message and not a syntax error.
"""

import sys

SUPPORTED = ((3, 10), (3, 13))

if not SUPPORTED[0] <= sys.version_info[:2] <= SUPPORTED[1]:
    sys.exit(
        "Python 3.10 to 3.13 is needed, and this is {}.{} ({}).\n"
        "Run the script with another one, for example: python3.12 {}".format(
            sys.version_info[0], sys.version_info[1], sys.executable, sys.argv[0]
        )
    )
