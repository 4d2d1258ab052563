"""Networks that keep base stock, played: by hand, against a plain simulator and exact answers."""

import numpy as np
import pytest

from flowopt import ValidationError
from flowopt.inventory import SafetyStockProblem, SerialSystemProblem, simulate_network

LINE = {"source": ["plant", "hub"], "target": ["hub", "shop"], "lead_time": [1, 1]}


def line(**columns):
    stages = {"stage": ["plant", "hub", "shop"], "base_stock_level": [4.0, 3.0, 5.0]}
    return stages | columns


def test_a_line_by_hand():
    """The shop asks for what it sold; the hub, one short, sends the rest a period later."""
    sold = [[0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [2, 4, 0, 0, 0]]
    played = simulate_network(line(holding_cost=[1, 2, 4], stockout_cost=[0, 0, 9]), LINE, sold,
                              warmup=0)  # fmt: skip
    path = played.path()
    assert path["shop"].tolist() == [3, -1, 1, 4, 5]
    assert path["hub"].tolist() == [3, 1, 0, 3, 3]
    assert path["plant"].tolist() == [4, 4, 4, 4, 4]  # its own orders arrive at once
    assert played.fill_rate[2] == pytest.approx(5 / 6)
    assert played.supply_rate[1] == pytest.approx(5 / 6)
    assert played.average_under_way.tolist() == pytest.approx([6 / 5, 6 / 5, 0])


def test_what_is_assembled_waits_for_its_last_part():
    """A table takes a top and four legs; the tops come later."""
    stages = {"stage": ["top", "leg", "table"], "base_stock_level": [0.0, 8.0, 2.0],
              "stage_time": [2, 0, 1], "service_time": [0, 0, 0]}  # fmt: skip
    links = {"source": ["top", "leg"], "target": ["table", "table"], "quantity": [1.0, 4.0]}
    sold = np.zeros((3, 6))
    sold[2, 0] = 2.0
    played = simulate_network(stages, links, sold, warmup=0)
    assert played.path()["table"].tolist() == [0, 0, 0, 0, 2, 2]
    assert played.path()["leg"].tolist() == [8, 8, 8, 8, 8, 8]
    assert played.average_under_way[1] == pytest.approx(8 * 3 / 6)


def test_stock_that_does_not_suffice_for_all_is_shared_in_proportion():
    stages = {"stage": ["store", "east", "west"], "base_stock_level": [6.0, 9.0, 9.0],
              "stage_time": [3, 0, 0]}  # fmt: skip
    links = {"source": ["store", "store"], "target": ["east", "west"]}
    sold = np.zeros((3, 4))
    sold[1, 0], sold[2, 0] = 8.0, 4.0
    path = simulate_network(stages, links, sold, warmup=0).path()
    assert path["east"].tolist() == [1, 5, 5, 5]
    assert path["west"].tolist() == [5, 7, 7, 7]


def plain(stages, links, demand):
    """Play a network with dicts and lists, and no ring, no sum and no clever order."""
    names, (num, periods) = range(len(stages["base"])), demand.shape
    into = {j: [e for e, (_, t, _, _) in enumerate(links) if t == j] for j in names}
    out = {i: [e for e, (s, _, _, _) in enumerate(links) if s == i] for i in names}
    on_hand, backlog = list(stages["base"]), [0.0] * num
    placed = {j: [] for j in names}  # (period, units) ordered by a stage
    begun = dict.fromkeys(names, 0.0)
    finish, arrive = [], []  # (period, stage, units), (period, link, units)
    sent, asked = [0.0] * len(links), [[] for _ in links]
    waiting, late, net = [0.0] * len(links), [0.0] * num, []
    for now in range(periods):
        for j in reversed(names):  # suppliers have the smaller numbers here
            wanted = sum(demand[j, :now])
            wanted += sum(u for e in out[j] for _, u in asked[e])
            units = wanted - sum(u for _, u in placed[j])
            placed[j].append((now, units))
            for e in into[j]:
                asked[e].append((now, units * links[e][2]))
        for j in names:
            for e in into[j]:
                waiting[e] += sum(u for t, link, u in arrive if (t, link) == (now, e))
            free = sum(u for _, u in placed[j]) - begun[j]
            units = min([free] + [waiting[e] / links[e][2] for e in into[j]])
            begun[j] += units
            for e in into[j]:
                waiting[e] -= units * links[e][2]
            finish.append((now + stages["time"][j], j, units))
            on_hand[j] += sum(u for t, stage, u in finish if (t, stage) == (now, j))
            due = {e: sum(u for t, u in asked[e] if t + stages["service"][j] <= now) - sent[e]
                   for e in out[j]}  # fmt: skip
            total = sum(due.values()) + backlog[j]
            share = min(1.0, on_hand[j] / total) if total > 1e-12 else 0.0
            on_hand[j] -= share * total
            backlog[j] *= 1 - share
            for e in out[j]:
                sent[e] += share * due[e]
                arrive.append((now + links[e][3], e, share * due[e]))
        for j in names:
            when = now - stages["service"][j]
            units = demand[j, when] if when >= 0 else 0.0
            served = min(units, on_hand[j])
            on_hand[j] -= served
            backlog[j] += units - served
            late[j] += units - served
        net.append([on_hand[j] - backlog[j] for j in names])
    return np.array(net), np.array(late)


@pytest.mark.parametrize("seed", range(8))
def test_a_plain_simulator_finds_the_same_stock_in_every_period(seed):
    generator = np.random.default_rng(seed)
    num = int(generator.integers(2, 6))
    pairs = [(i, j) for j in range(1, num) for i in range(j) if generator.random() < 0.6]
    links = [(i, j, float(generator.integers(1, 4)), int(generator.integers(0, 4)))
             for i, j in pairs]  # fmt: skip
    stages = {"base": generator.integers(0, 15, num).astype(float).tolist(),
              "time": generator.integers(0, 4, num).tolist(),
              "service": generator.integers(0, 3, num).tolist()}  # fmt: skip
    demand = generator.poisson(2.0, (num, 40)).astype(float)
    net, late = plain(stages, links, demand)
    table = {"stage": list(range(num)), "base_stock_level": stages["base"],
             "stage_time": stages["time"], "service_time": stages["service"]}  # fmt: skip
    columns = zip(*links, strict=True) if links else ([], [], [], [])
    joints = dict(zip(("source", "target", "quantity", "lead_time"), map(list, columns),
                      strict=True))  # fmt: skip
    played = simulate_network(table, joints, demand, warmup=0)
    np.testing.assert_allclose(played.path().to_numpy()[:, 1:], net, atol=1e-8)
    delivered = demand.sum(axis=1) - [sum(row[40 - s :]) for row, s in
                                      zip(demand, stages["service"], strict=True)]  # fmt: skip
    np.testing.assert_allclose(played.fill_rate, 1 - late / delivered, atol=1e-8)


@pytest.mark.parametrize(
    ("distribution", "mean", "sd", "lead_times"),
    [
        ("poisson", 5.0, None, [2, 1, 1]),
        ("negative_binomial", 3.0, 3.0, [0, 3, 2]),
        ("normal", 20.0, 4.0, [1, 0, 0]),
    ],
)
def test_the_exact_cost_of_a_serial_system_is_what_it_costs(distribution, mean, sd, lead_times):
    problem = SerialSystemProblem.from_frames(
        {"system": ["A"], "demand_mean": [mean], "demand_sd": [sd], "stockout_cost": [40.0],
         "distribution": [distribution]},
        {"system": ["A"] * 3, "stage": ["plant", "hub", "shop"], "holding_cost": [2.0, 4.0, 7.0],
         "lead_time": lead_times},
    )  # fmt: skip
    exact = problem.solve()
    played = simulate_network(
        line(base_stock_level=exact.base_stock_level, stage_time=[lead_times[0], 0, 0],
             holding_cost=[2.0, 4.0, 7.0], stockout_cost=[0.0, 0.0, 40.0],
             demand_mean=[0.0, 0.0, mean], demand_sd=[0.0, 0.0, sd or 0.0],
             distribution=[distribution] * 3),
        LINE | {"lead_time": lead_times[1:]}, periods=20_000, replications=20, confidence=0.9999,
    )  # fmt: skip
    low = sum(played.low("cost_per_period"))
    high = sum(played.high("cost_per_period"))
    assert low <= exact.cost <= high
    assert high - low < 0.03 * exact.cost
    found = exact.performance
    np.testing.assert_allclose(played.average_stock, found.mean_stock, rtol=0.03, atol=0.05)
    assert played.fill_rate[2] == pytest.approx(found.fill_rate[0], abs=6e-3)


def largest_demand(mean, spread, periods):
    """Demand that always is as large as the bound on any interval allows."""
    bound = mean * np.arange(periods + 1) + spread * np.sqrt(np.arange(periods + 1))
    return np.diff(bound)


def guaranteed(base, solution):
    """Play the largest demand against base stock and service times of a guaranteed-service plan.

    A day's demand is ordered the next morning, so customers get a day more.
    """
    stages = solution.problem.stages["stage"].tolist()
    extra = [0] * (len(stages) - 1) + [1]
    demand = np.zeros((len(stages), 120))
    demand[-1] = largest_demand(5.0, 3.0 * 1.645, 120)
    links = solution.problem.links
    return simulate_network(
        {"stage": stages, "base_stock_level": base,
         "stage_time": solution.problem.stages["stage_time"].astype(int),
         "service_time": solution.service_time.astype(int) + extra},
        {name: links[name] for name in ("source", "target", "quantity")}, demand, warmup=0,
    )  # fmt: skip


@pytest.mark.parametrize("sale_time", [0, 3])
def test_guaranteed_service_is_kept_and_takes_all_of_the_stock(sale_time):
    solution = SafetyStockProblem.from_frames(
        {"stage": ["part", "case", "assembly", "sale"], "stage_time": [5, 9, 8, 4],
         "added_cost": [2400, 100, 3600, 2400], "demand_mean": [None, None, None, 5],
         "demand_sd": [0, 0, 0, 3], "safety_factor": [None, None, None, 1.645],
         "max_service_time": [None, None, None, sale_time]},
        {"source": ["part", "case", "assembly"], "target": ["assembly", "assembly", "sale"]},
        holding_rate=1.0,
    ).solve()  # fmt: skip
    base = solution.base_stock_level
    kept = guaranteed(base + 1e-6, solution)
    assert kept.fill_rate[-1] == pytest.approx(1.0, abs=1e-12)
    assert kept.supply_rate[:-1] == pytest.approx(1.0, abs=1e-12)
    holding = np.flatnonzero(solution.net_replenishment_time > 0)
    assert len(holding) >= 2
    for stage in holding:
        less = base.copy()
        less[stage] -= 0.5
        broken = guaranteed(less, solution)
        assert np.nanmin([broken.supply_rate, broken.fill_rate]) < 1 - 1e-6


def test_the_same_seed_brings_the_same_answer():
    stages = line(demand_mean=[0, 0, 3.0], demand_sd=[0, 0, 4.0])
    one, two, other = (simulate_network(stages, LINE, periods=200, seed=s) for s in (1, 1, 2))
    assert one.cost_per_period.tolist() == two.cost_per_period.tolist()
    assert one.fill_rate[2] == two.fill_rate[2] != other.fill_rate[2]


def test_summary_frame_and_chart():
    stages = line(demand_mean=[0, 0, 3.0], demand_sd=[0, 0, 4.0], holding_cost=[1, 1, 1])
    played = simulate_network(stages, LINE, periods=200)
    assert played.summary()["fill_rate"] == pytest.approx(played.fill_rate[2])
    assert played.summary()["cost_per_period"] == pytest.approx(played.cost_per_period.sum())
    frame = played.to_frame()
    assert frame["stage"].tolist() == ["plant", "hub", "shop"]
    assert frame["fill_rate"].isna().tolist() == [True, True, False]
    legend = played.plot(most=50).get_legend().get_texts()
    assert [text.get_text() for text in legend] == ["plant", "hub", "shop"]
    assert "fill_rate" in played._repr_html_()


BAD = [
    ({"stages": {"stage": ["a", "a"], "base_stock_level": [1.0, 2.0]}}, "duplicate_id"),
    ({"links": {"source": ["hub"], "target": ["who"]}}, "unknown_id"),
    ({"links": {"source": ["hub", "shop"], "target": ["shop", "hub"]}}, "cycle"),
    ({"links": {"source": ["hub"], "target": ["hub"]}}, "self_loop"),
    ({"links": LINE | {"lead_time": [1, -1]}}, "negative"),
    ({"stages": line(stage_time=[1, 1, 0.5])}, "wrong_type"),
    ({"stages": line(demand_mean=[0, 0, 2.0])}, "missing"),
    ({"stages": line(demand_sd=[0, 0, 2.0])}, "sd_without_mean"),
    ({"stages": line(base_stock_level=[1, 1, np.nan])}, "nan"),
    ({"demand": np.ones((2, 9))}, "shape"),
    ({"demand": -np.ones((3, 9))}, "negative"),
    ({"periods": 0}, "out_of_range"),
]


@pytest.mark.parametrize(("changes", "code"), BAD)
def test_every_fault_is_told(changes, code):
    with pytest.raises(ValidationError) as error:
        simulate_network(**({"stages": line(), "links": LINE} | changes))
    assert code in {failure.code for failure in error.value.failures}
