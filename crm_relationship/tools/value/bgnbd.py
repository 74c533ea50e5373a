"""BG/NBD (Fader, Hardie and Lee 2005): nobody leaves after the first purchase only."""

from .geometric_model import Model

_MODEL = Model(late=1)

fit = _MODEL.fit
alive = _MODEL.alive
buy = _MODEL.buy
expected = _MODEL.expected
expected_factor = _MODEL.expected_factor
