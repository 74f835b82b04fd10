"""How the server fares, for who runs it: the state of its parts, its figures, and what Prometheus reads.

It looks at everything and decides nothing. What it shows is of the server as a whole: nothing in it is a tenant's.
"""
