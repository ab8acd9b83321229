"""Landing: a company's files, from the folder they are delivered to until their rows are typed and checked.

Belongs here: which files there are, reading them, bronze, silver and quarantine. Does not belong here: what a contract
may say of a source (`domain.contract`), what rows of all sources come to (`customer_360`).

`assets` is wiring; `conform` knows no run, no storage, no engine; `zone`, `files` and `workbooks` read. A second engine
replaces `streaming`, and `files.scans`, by which text, Parquet and JSON are read.
"""
