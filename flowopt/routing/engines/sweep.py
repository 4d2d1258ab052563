"""A plan in one pass over the clients (Gillett & Miller's sweep, Operations Research 22, 1974)."""

from __future__ import annotations

import numpy as np

from flowopt.routing.engines.chains import Chain, Fitter
from flowopt.routing.parts import Floats, Ints
from flowopt.routing.problem import RoutingProblem


def sweep(problem: RoutingProblem, fitter: Fitter, clients: Ints) -> list[tuple[int, list[int]]]:
    """Return a plan that fills one vehicle after another, in the order around the first depot.

    Parameters
    ----------
    problem
        The problem.
    fitter
        Finds vehicle types.
    clients
        Positions of the clients to serve.
    """
    left = problem.vehicle_types.num_available.copy()
    order = clients[np.argsort(_around(problem, clients), kind="stable")]
    plan: list[tuple[int, list[int]]] = []
    travel, m = problem.travel, problem.num_depots
    chain: Chain | None = None
    for client in order.tolist():
        single = fitter.single(client)
        if single is None:
            continue
        if chain is not None:
            leg = chain.visits[-1] + m, client + m
            distance, duration = travel.legs(*leg)
            longer = fitter.joined(chain, float(distance), float(duration), single)
            if longer is not None and fitter.settle(longer, among=left):
                chain = longer
                continue
            plan.append((chain.vehicle_type, chain.visits))
            left[chain.vehicle_type] -= 1
        chain = single if fitter.settle(single, among=left) else None
    if chain is not None:
        plan.append((chain.vehicle_type, chain.visits))
    return plan


def _around(problem: RoutingProblem, clients: Ints) -> Floats:
    """Return what to sort clients by: the angle at the depot, or the distance to a far client."""
    points, m = problem.points, problem.num_depots
    if points is not None:
        x, y = points.x[clients + m] - points.x[0], points.y[clients + m] - points.y[0]
        angles: Floats = np.arctan2(y, x)
        return angles
    if not len(clients):
        return np.zeros(0)
    from_depot, _ = problem.travel.legs(0, clients + m)
    far = clients[int(np.argmax(np.where(np.isfinite(from_depot), from_depot, -1.0)))]
    from_far, _ = problem.travel.legs(far + m, clients + m)
    return from_far
