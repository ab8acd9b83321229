"""Customer 360 of customers whom a master lists: the master, and a file for each facet of what is known of them.

Belongs here: tables, sums by month and the facet of one entity, side by side; `registry` lists them. Does not belong
here: which columns a facet has (`domain.facets`), customers known by what they buy (`goods`), runs (`assets`).
"""
