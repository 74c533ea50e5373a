"""Fields of figures that may be unknown, which is not zero."""

from odoo import fields


class MaybeUnknown:
    """A figure whose NULL means unknown.

    Odoo takes an empty number for zero; then "less than" would find those of whom
    nothing is known. Here comparisons find only what is known, and ordering by
    ``relationship.profile`` puts the unknown last. Read, it still is zero.
    """

    falsy_value = None

    def expression_getter(self, field_expr):
        """What conditions and sorting in Python compare: None where unknown."""
        get_value = super().expression_getter(field_expr)

        def get_known(record):
            value = get_value(record)  # it is in the cache now
            return value or self._get_cache(record.env).get(record.id, value)

        return get_known

    def filter_function(self, records, field_expr, operator, value):
        if operator != "in":
            return super().filter_function(records, field_expr, operator, value)
        # For Python, 0 is in {False}.
        wanted = {None if item is False else item for item in value}
        get_value = self.expression_getter(field_expr)
        return lambda record: get_value(record) in wanted


class Float(MaybeUnknown, fields.Float):
    pass


class Integer(MaybeUnknown, fields.Integer):
    pass


class Monetary(MaybeUnknown, fields.Monetary):
    pass
