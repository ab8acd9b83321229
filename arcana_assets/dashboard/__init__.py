"""The page for the people who decide: what the lake knows, a screen a question, in the language of its readers.

Belongs here: screens, what they ask of gold tables, and who may see them. Does not belong here: anything that is
computed and kept; the page reads and never writes into the lake.
"""
