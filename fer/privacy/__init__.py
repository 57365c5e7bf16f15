"""What may be known of a class: the law, what students agree to, and what a class-only lesson releases.

Imports records only."""
