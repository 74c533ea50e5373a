"""What a customer is worth: the mathematics, as plain Python over numpy and scipy.

No ORM and no Odoo in here. Every module names the paper that it follows. Times are
weeks (floats, days / 7) unless a docstring says days; money is in whatever currency the
caller uses; probabilities are 0..1. Arrays have one entry per customer, all of the same
length. Nonsense never raises: a fit answers with a status, a score with NaN.
"""
