"""What other add-ons know of customers, as parts of the facts: see ``ExtraFacts``."""

from odoo.tools import SQL

from .relationship_profile_scope import Scope


def extra_columns(scope: Scope) -> tuple[str, ...]:
    """Columns of the profile, in the order of `extra_values`."""
    return tuple(name for extra in scope.extra for name in extra.columns)


def extra_evidence(scope: Scope) -> tuple[str, ...]:
    """Those of them that are kept with a stage move."""
    return tuple(name for extra in scope.extra for name in extra.evidence)


def extra_values(scope: Scope) -> SQL:
    """Further values of a list that is not empty."""
    return SQL("").join(
        SQL(", %s AS %s", value, SQL.identifier(name))
        for extra in scope.extra
        for name, value in extra.columns.items()
    )


def extra_joins(scope: Scope) -> SQL:
    """The sources, joined to ``customer``."""
    return SQL(" ").join(
        SQL(
            "LEFT JOIN (%(query)s) %(name)s ON %(name)s.partner_id = customer.id",
            query=extra.query,
            name=SQL.identifier(extra.name),
        )
        for extra in scope.extra
    )


def extra_sellers(scope: Scope, name: str) -> SQL:
    """Who serves the customer, by the sources that say so; a list that is not empty.

    :param name: ``user_id`` or ``team_id``
    """
    return SQL(", ").join(
        [
            *(
                SQL.identifier(extra.name, name)
                for extra in scope.extra
                if extra.has_seller
            ),
            SQL("NULL"),
        ]
    )


def makes_customer(scope: Scope) -> SQL:
    """Condition: a source knows somebody whom nobody has sold to as a customer."""
    conditions = [extra.makes_customer for extra in scope.extra if extra.makes_customer]
    return SQL("(%s)", SQL(" OR ").join(conditions or [SQL("FALSE")]))


def extra_acquisitions(scope: Scope) -> SQL:
    """Further documents that customers may have come by, of a union that is not
    empty: partner_id, source_id, campaign_id, medium_id, date, id."""
    return SQL("").join(
        SQL(
            " UNION ALL SELECT partner_id, source_id, campaign_id, medium_id, date, id"
            " FROM (%s) came",
            extra.acquisition,
        )
        for extra in scope.extra
        if extra.acquisition
    )
