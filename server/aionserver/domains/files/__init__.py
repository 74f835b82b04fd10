"""Files: everything a tenant has stored, whatever its kind, with the steps of processing that each has gone through.

`steps` makes what every picture has (measures, variants); nouns above add steps of their own, listed in `wiring.STEPS`.
"""
