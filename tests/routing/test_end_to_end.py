from __future__ import annotations

import numpy as np

from flowopt import RoutingProblem, Status


def test_a_problem_from_tables_is_solved_and_checked():
    problem = RoutingProblem.from_frames(
        {
            "id": ["a", "b", "c"],
            "lat": [48.9, 49.0, 48.7],
            "lon": [2.3, 2.4, 2.2],
            "demand": [2] * 3,
        },
        {"id": ["van"], "num_available": [2], "capacity": [4]},
        {"id": ["Paris"], "lat": [48.85], "lon": [2.35]},
    )
    solution = problem.solve(time_limit=1)
    assert solution.status is Status.FEASIBLE
    assert solution.is_complete
    assert solution.check().ok
    visits = solution.to_frame("visits")
    assert sorted(visits["client"]) == ["a", "b", "c"]
    assert np.all(visits["start"] >= visits["arrival"])
