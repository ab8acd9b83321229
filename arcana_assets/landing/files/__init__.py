"""Files of a source: what each holds, and its rows as text, whatever its format, encoding and damage.

Belongs here: inventory, headers, encodings, lines, copies, the proof that nothing was left out. Does not belong here:
where files are (`zone`), workbooks (`workbooks`), types and months of rows (`conform`).
"""
