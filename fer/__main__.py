"""``python -m fer``: the commands of fer/cli.py."""

from fer.cli import main

if __name__ == "__main__":
    main()
