from itertools import pairwise

import numpy as np
import pytest

from flowopt.routing import RoutingProblem
from flowopt.routing.engines.kernel_data import kernel_data, to_routes
from flowopt.routing.engines.local import LocalSearch
from flowopt.routing.engines.route_list import RouteList
from flowopt.routing.engines.threads import new_worker
from flowopt.routing.kernels.layout import (
    FIXED,
    MAX_DISTANCE,
    MAX_DURATION,
    PER_DISTANCE,
    PER_DURATION,
    PRIZE,
    SHIFT_EARLY,
    SHIFT_LATE,
    Data,
)
from flowopt.routing.kernels.local_examine import (
    EXCHANGE,
    NONE,
    TAILS,
    WITHIN,
    step,
)
from flowopt.routing.kernels.local_layout import (
    BEST,
    IN_BANK,
    KIND,
    LENGTH,
    LOADS,
    NEXT,
    OVER_DISTANCE,
    OVER_DURATION,
    POSITION,
    PREVIOUS,
    ROUTE,
    WARP,
    WHOLE,
    Local,
)

RICH = {
    "unit_duration_cost": [0.2, 0.1, 0.3],
    "max_duration": [300.0, 500.0, 250.0],
    "max_distance": [200.0, 250.0, 150.0],
}


def problem_of(seed: int, n: int = 40, windows: bool = True, **fleet: object) -> RoutingProblem:
    """A problem with two depots, three vehicle types and two loads, its ways not the same back."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 100, (n + 2, 2))
    way = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    way *= rng.uniform(1.0, 1.2, way.shape)
    np.fill_diagonal(way, 0.0)
    early = rng.uniform(0, 400, n) if windows else np.zeros(n)
    late = early + rng.uniform(30, 300, n) if windows else np.full(n, np.inf)
    return RoutingProblem.from_arrays(
        {
            "demand": rng.integers(1, 9, (n, 2)).astype(float),
            "service_duration": 5.0,
            "tw_early": early,
            "tw_late": late,
            "required": rng.random(n) < 0.9,
            "prize": rng.uniform(0, 60, n),
        },
        {
            "num_available": [6, 3, 40],
            "capacity": [[20.0, 30.0], [40.0, 40.0], [15.0, 15.0]],
            "depot": ["east", "west", "west"],
            "fixed_cost": [10.0, 20.0, 8.0],
            "unit_distance_cost": [1.0, 1.2, 0.9],
            "tw_late": [900.0, 800.0, np.inf] if windows else [np.inf] * 3,
            **fleet,
        },
        {"id": ["east", "west"]},
        distance_matrix=way,
        duration_matrix=way * 1.1,
    )


def search_of(problem: RoutingProblem, seed: int = 0) -> tuple[Data, LocalSearch]:
    data = kernel_data(problem)
    available = problem.vehicle_types.num_available
    worker = new_worker(data, available, np.arange(problem.num_clients), seed, RouteList.of([]))
    worker.run(data, 1, 0.0)
    return data, LocalSearch(data, worker.best, to_routes(worker.best), seed)


def visits_of(plan: Local, r: int) -> list[int]:
    """The clients of a route, by its links forward, which must be those backward."""
    n, routes = len(plan.bank), len(plan.route)
    visits, node = [], int(plan.link[n + r, NEXT])
    while node < n:
        visits.append(node)
        node = int(plan.link[node, NEXT])
    assert node == n + routes + r
    back, node = [], int(plan.link[node, PREVIOUS])
    while node < n:
        back.append(node)
        node = int(plan.link[node, PREVIOUS])
    assert node == n + r
    assert back[::-1] == visits
    return visits


def warp_and_duration(data: Data, k: int, visits: list[int]) -> tuple[float, float]:
    """Time warp, and duration without the time that is warped back, by driving the route.

    The vehicle drives as soon as it can; when that is late it goes back in time, at the price of
    the warp. Its duration is least when it leaves as late as it may without more warp.
    """
    m, vehicle = data.num_depots, data.vehicle[k]
    stops = [data.ends[k, 0], *(m + c for c in visits), data.ends[k, 1]]
    shift = (vehicle[SHIFT_EARLY], vehicle[SHIFT_LATE], 0.0)
    own = [shift, *(tuple(data.client[c, :3]) for c in visits), shift]

    def drive(begin: float) -> tuple[float, float]:
        now, warp = begin, 0.0
        for i in range(1, len(stops)):
            now += own[i - 1][2] + data.duration[stops[i - 1], stops[i]]
            now = max(now, own[i][0])
            if now > own[i][1]:
                warp += now - own[i][1]
                now = own[i][1]
        return warp, now

    least, _ = drive(shift[0])
    low, high = shift[0], min(shift[1], 1e4)
    for _ in range(80):  # the latest departure that costs no warp more
        middle = (low + high) / 2
        low, high = (middle, high) if drive(middle)[0] <= least + 1e-12 else (low, middle)
    warp, now = drive(low)
    return warp, now - low + warp


def cost_of(data: Data, plan: Local) -> float:
    """The cost with penalties, from the routes alone."""
    cost = data.client[plan.bank[: plan.counts[IN_BANK]], PRIZE].sum()
    for r in range(len(plan.route)):
        visits = visits_of(plan, r)
        assert plan.route[r, LENGTH] == len(visits)
        assert [plan.link[c, POSITION] for c in visits] == list(range(1, len(visits) + 1))
        assert all(plan.link[c, ROUTE] == r for c in visits)
        if not visits:
            continue
        k, price = plan.route[r, KIND], plan.penalty
        vehicle, m = data.vehicle[k], data.num_depots
        stops = [data.ends[k, 0], *(m + c for c in visits), data.ends[k, 1]]
        distance = sum(data.distance[i, j] for i, j in pairwise(stops))
        cost += vehicle[FIXED] + vehicle[PER_DISTANCE] * distance
        if data.timed or data.rich:
            warp, duration = warp_and_duration(data, k, visits)
            cost += price[WARP] * warp + vehicle[PER_DURATION] * duration
            cost += price[OVER_DURATION] * max(0.0, duration - vehicle[MAX_DURATION])
        cost += price[OVER_DISTANCE] * max(0.0, distance - vehicle[MAX_DISTANCE])
        load = data.demand[visits].sum(axis=0)
        cost += (price[LOADS:] * np.maximum(0.0, load - data.capacity[k])).sum()
    return float(cost)


CASES = [{}, RICH, {"windows": False}]


@pytest.mark.slow  # compiles a kernel of its own
@pytest.mark.parametrize("fleet", CASES)
def test_every_move_changes_the_cost_as_foretold(fleet):
    kinds = set()
    for seed in range(4):
        data, search = search_of(problem_of(seed, **fleet), seed)
        plan, rng = search.local, np.random.default_rng(seed)
        for round_ in range(12):
            plan.penalty[:] = plan.usual * 10.0 ** rng.uniform(-2, 1, len(plan.penalty))
            search.run(data, 20, 300.0)  # hot: far from where no move pays
            for client in rng.permutation(len(plan.bank)):
                if plan.link[client, ROUTE] < 0:
                    continue
                before = float(plan.total[WHOLE])
                foretold, kind = step(data, plan, search.room, client)
                search.room.saved_in[:] = 0
                kinds.add(kind)
                if kind != NONE:
                    assert foretold < 0
                    assert plan.total[WHOLE] - before == pytest.approx(foretold, abs=1e-6)
            if round_ % 4 == 0:
                assert plan.total[WHOLE] == pytest.approx(cost_of(data, plan), abs=1e-5)
    assert kinds >= {NONE, EXCHANGE, TAILS, WITHIN}


@pytest.mark.parametrize("fleet", CASES)
@pytest.mark.parametrize("seed", [3, 4])
def test_the_best_plan_holds_and_costs_what_it_says(fleet, seed):
    problem = problem_of(seed, **fleet)
    data, search = search_of(problem, seed)
    before = search.local.total[BEST]
    routes = None
    for _ in range(8):
        found = search.run(data, 1000, 3.0)
        routes = routes if found is None else found.to_routes()
    assert routes is not None
    assert search.local.total[WHOLE] == pytest.approx(cost_of(data, search.local), abs=1e-5)
    solution = problem.solution_from_routes([v for _, v in routes], [k for k, _ in routes])
    assert solution.check().ok
    served = {c for _, visits in routes for c in visits}
    left = [c for c in range(problem.num_clients) if c not in served]
    lost = data.client[[c for c in left if problem.clients.required[c]], PRIZE].sum()
    assert search.local.total[BEST] == pytest.approx(solution.cost + lost)
    assert search.local.total[BEST] < before


def test_a_client_that_is_not_a_member_stays_out():
    problem = problem_of(5)
    data = kernel_data(problem)
    some = np.arange(0, 40, 2)
    worker = new_worker(data, problem.vehicle_types.num_available, some, 0, RouteList.of([]))
    worker.run(data, 50, 1.0)
    worker.polish(data, 4000, 1.0)
    assert {c for _, visits in to_routes(worker.best).to_routes() for c in visits} <= set(
        some.tolist()
    )


def test_going_on_from_another_plan_forgets_the_old_one():
    problem = problem_of(6)
    data, search = search_of(problem)
    search.run(data, 400, 1.0)
    search.load(data, RouteList.of([(0, [1, 2]), (1, [3])]))
    plan = search.local
    assert sorted(v for r in range(len(plan.route)) if (v := visits_of(plan, r))) == [[1, 2], [3]]
    assert plan.counts[IN_BANK] == 37
    assert plan.total[WHOLE] == pytest.approx(cost_of(data, plan))
    assert plan.broken.tolist() == [0] * len(plan.broken) or plan.broken.min() >= 0


def test_the_same_seed_gives_the_same_plan():
    costs = set()
    for _ in range(2):
        data, search = search_of(problem_of(7), 7)
        search.run(data, 3000, 2.0)
        costs.add(float(search.local.total[WHOLE]))
    assert len(costs) == 1


def test_polishing_never_makes_the_best_plan_worse():
    problem = problem_of(8)
    data = kernel_data(problem)
    worker = new_worker(
        data, problem.vehicle_types.num_available, np.arange(40), 0, RouteList.of([])
    )
    worker.run(data, 200, 1.0)
    for _ in range(10):
        before = float(worker.best.cost[0])
        worker.polish(data, 500, 5.0)
        assert worker.best.cost[0] <= before
