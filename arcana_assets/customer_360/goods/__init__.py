"""Customer 360 of customers known by what they buy: sums of order lines, product categories, customer 360.

Belongs here: what is computed of transactions and products, and the tables between. Does not belong here: customers of
a master (`listed`), runs (`assets`).
"""
