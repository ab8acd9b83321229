"""Every table there is, told to people and to other catalogues.

Belongs here: the list of tables and the reference pages. Does not belong here: what a table says of itself; its
declaration lies beside what makes it, in the `tables` of each slice.
"""
