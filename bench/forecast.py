"""A forecast in force, so that a refresh computes all that it computes in a company."""

from .population import TODAY

# Those of a shop in between; the fit is not what is measured here.
PARAMETERS = {
    "model": {"r": 0.6, "alpha": 8.0, "a": 0.9, "b": 3.0},
    "value": {"p": 6.0, "q": 4.0, "gamma": 50.0},
    "value_mean": 100.0,
    "order_rate": 0.02,
    "retention": 0.6,
    "margin_share": None,
    "cuts": {"recency": [], "frequency": [], "value": []},
}


def put_in_force(env):
    """Have MBG/NBD, the costliest candidate, win in the company, once."""
    Model = env["relationship.value.model"]
    if Model._get_in_force(env.company):
        return
    Model.create(
        {
            "company_id": env.company.id,
            "date": TODAY,
            "state": "done",
            "kind": "mbg_nbd",
            "horizon_days": 90,
            "parameters": PARAMETERS,
            "calibration": {"kind": "logistic", "c0": -0.1, "c1": 0.9},
            "reason_code": "model_wins",
        }
    )
    env.cr.commit()
