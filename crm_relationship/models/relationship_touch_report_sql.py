"""The statement behind ``relationship.touch.report``."""

# Of steps the rule that they belong to.
ROOT = "COALESCE(rule.parent_id, rule.id)"

# Orders confirmed after the touch and within the window: its moment is that of the row
# in the ledger, and an order of the same second came before it.
RESULTS = """
    SELECT COUNT(*)::int AS order_count,
           SUM(o.amount_untaxed / rate.rate) AS revenue,
           SUM(known.margin) AS margin,
           SUM(known.revenue) AS costed_revenue
      FROM res_partner contact
      JOIN sale_order o ON o.partner_id = contact.id
     CROSS JOIN LATERAL (
           SELECT COALESCE(NULLIF(o.currency_rate, 0), 1)::numeric AS rate
     ) rate
      LEFT JOIN LATERAL (
           SELECT SUM((line.price_subtotal - cost.amount) / rate.rate) AS margin,
                  SUM(line.price_subtotal / rate.rate) AS revenue
             FROM sale_order_line line
            CROSS JOIN LATERAL (
                  SELECT COALESCE(
                             -- What orders keep, where they do: see sale_margin.
                             NULLIF({line_cost}, 0) * line.product_uom_qty,
                             -- That of the product is in the company's currency.
                             NULLIF((
                                 product.standard_price ->> o.company_id::text
                             )::numeric, 0) * line.product_uom_qty * rate.rate
                             * COALESCE(unit.factor / own.factor, 1),
                             -- A discount costs what it takes off, and no more.
                             CASE WHEN line.price_subtotal < 0 THEN 0 END
                         ) AS amount
                    FROM product_product product
                    JOIN product_template template
                      ON template.id = product.product_tmpl_id
                    LEFT JOIN uom_uom unit ON unit.id = line.product_uom_id
                    LEFT JOIN uom_uom own ON own.id = template.uom_id
                   WHERE product.id = line.product_id
            ) cost
            WHERE line.order_id = o.id
              AND line.display_type IS NULL
              AND line.is_downpayment IS NOT TRUE
              AND cost.amount IS NOT NULL
      ) known ON TRUE
     WHERE contact.commercial_partner_id = entry.partner_id
       AND o.company_id = entry.company_id
       AND o.state = 'sale'
       AND o.amount_untaxed > 0
       AND o.date_order > entry.create_date
       AND o.date_order <= entry.create_date + root.window_days * INTERVAL '1 day'
"""

# All activities of the rule and its steps for the customer within the window, as far as
# they were done: nobody has spent time on the others.
COSTS = """
    SELECT SUM((kind.relationship_cost ->> entry.company_id::text)::numeric) AS cost
      FROM relationship_touch other
      JOIN relationship_rule rule ON rule.id = other.rule_id
      JOIN mail_activity activity ON activity.id = other.activity_id
      JOIN mail_activity_type kind ON kind.id = activity.activity_type_id
     WHERE other.partner_id = entry.partner_id
       AND other.company_id = entry.company_id
       AND other.state = 'treated'
       AND activity.date_done IS NOT NULL
       AND other.create_date <= entry.create_date + root.window_days * INTERVAL '1 day'
"""

# Written for ``get_query``.
QUERY = f"""
    SELECT entry.id, entry.root_id AS rule_id, entry.partner_id, entry.company_id,
           entry.date, entry.user_id, entry.team_id, entry.stage_id, entry.segment_id,
           profile.id AS profile_id,
           CASE WHEN entry.state = 'treated' THEN 'treated'
                WHEN entry.holdout = 'company' THEN 'held_out_all'
                ELSE 'held_out'
           END AS arm,
           NOT EXISTS (
               SELECT FROM relationship_touch earlier
                WHERE earlier.partner_id = entry.partner_id
                  AND earlier.company_id = entry.company_id
                  AND earlier.state IN ('treated', 'held_out')
                  AND earlier.id < entry.id
           ) AS is_first,
           EXISTS (
               SELECT FROM relationship_touch merged
                WHERE merged.partner_id = entry.partner_id
                  AND merged.company_id = entry.company_id
                  AND merged.merged_partner_ref > 0
           ) AS is_merged,
           COALESCE(entry.rule_share, 0) AS rule_share,
           COALESCE(entry.company_share, 0) AS company_share,
           entry.create_date + root.window_days * INTERVAL '1 day'
               <= NOW() AT TIME ZONE 'UTC' AS is_over,
           COALESCE(result.order_count, 0) > 0 AS has_ordered,
           COALESCE(result.order_count, 0) AS order_count,
           COALESCE(result.revenue, 0) AS revenue,
           COALESCE(result.margin, 0) AS margin,
           COALESCE(result.costed_revenue, 0) AS costed_revenue,
           COALESCE(
               CASE WHEN entry.state = 'treated' THEN spent.cost END, 0
           ) AS cost
      FROM (
           SELECT DISTINCT ON (touch.partner_id, touch.company_id, {ROOT})
                  touch.*, {ROOT} AS root_id
             FROM relationship_touch touch
             JOIN relationship_rule rule ON rule.id = touch.rule_id
            WHERE touch.state IN ('treated', 'held_out')
            ORDER BY touch.partner_id, touch.company_id, {ROOT}, touch.id
      ) entry
      JOIN relationship_rule root ON root.id = entry.root_id
      LEFT JOIN relationship_profile profile
        ON profile.partner_id = entry.partner_id
       AND profile.company_id = entry.company_id
      LEFT JOIN LATERAL ({{results}}) result ON TRUE
      LEFT JOIN LATERAL (
           SELECT SUM(cost) AS cost
             FROM ({COSTS} AND {ROOT} = entry.root_id) part
      ) spent ON TRUE
"""


def get_query(has_line_cost) -> str:
    """:param has_line_cost: orders keep what their lines cost: see sale_margin"""
    line_cost = "line.purchase_price::numeric" if has_line_cost else "NULL::numeric"
    return QUERY.format(results=RESULTS.format(line_cost=line_cost))
