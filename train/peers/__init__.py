"""What other packages that name expressions reach on the same faces; ``python -m train.peers --help``."""
