"""From a picture to faces, and from a face to seven probabilities.

Imports records and config only; train uses it, so that what is measured is what is served."""
