def uninstall_hook(env):
    """Rules that give coupons can't act any more; what they gave stays."""
    rules = env["relationship.rule"].with_context(active_test=False)
    coupons = rules.search([("action_kind", "=", "coupon")])
    coupons.write(
        {
            "active": False,
            "state": "off",
            "action_kind": "activity",
            "assign_to": "responsible",
        }
    )
