"""The database: lessons, students, what was observed, and what was said in a lesson. All SQL is here.

Imports privacy and what stands above it."""
