"""What a browser meets: the server, its routes, and the parts of the pages.

Imports every wing but bench."""
