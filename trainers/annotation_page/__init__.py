"""A page on this machine on which scribbles are drawn, and a server for it."""
