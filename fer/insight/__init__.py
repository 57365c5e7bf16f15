"""From rows to what a teacher reads: figures, the headline, alerts, charts, exports, the printed report.

Imports store, vision and what stands before them; no clock, no thread, no page."""
