"""Drafting: a domain guessed from files, once, while somebody writes its YAML; and one month of it tried.

Belongs here: how a file seems to be written, what its columns seem to be, the YAML with a comment beside each guess,
and what a trial came to. Does not belong here: anything at run time, where nothing is guessed (`landing`), the commands
(`cli`).
"""
