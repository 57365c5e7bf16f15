"""``python -m fer.capacity`` is ``python -m fer capacity``, under the name that older notes use."""

import sys

from fer.cli import main

if __name__ == "__main__":
    main(["capacity", *sys.argv[1:]])
