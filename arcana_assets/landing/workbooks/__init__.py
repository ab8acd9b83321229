"""Workbooks: XLSX files, opened with care and read as rows of text.

Belongs here: archives, sheets, cells. Does not belong here: all other formats, and what rows of any format have in
common (`files`).
"""
