"""How much a machine holds, measured with made-up students.

Imports every wing."""
