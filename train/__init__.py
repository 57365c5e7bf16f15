"""Training and evaluation of the expression classifiers. Run as ``python -m train.fit``."""
