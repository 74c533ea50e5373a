"""MBG/NBD (Batislam, Denizel and Filiztekin 2007): one may leave after any purchase."""

from .geometric_model import Model

_MODEL = Model(late=0)

fit = _MODEL.fit
alive = _MODEL.alive
buy = _MODEL.buy
expected = _MODEL.expected
expected_factor = _MODEL.expected_factor
