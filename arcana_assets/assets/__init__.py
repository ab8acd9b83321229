"""The asset graph, one file a stage.

Belongs here: thin assets that take tables, call one pure function and say numbers worth plotting. Does not belong here:
loops over rows and rules of the business (`transforms`, `ml`), files and tables (`resources`).
"""
