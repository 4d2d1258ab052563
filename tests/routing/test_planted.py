"""Violations that are planted into valid plans, over random problems with any rules, are found."""

from __future__ import annotations

import dataclasses
from collections import Counter

import numpy as np
import pytest

from flowopt.routing.clockwork import TakenBreak
from flowopt.routing.explain import Reason, Unserved
from flowopt.routing.insertion import OpenPlan
from flowopt.routing.parts import Breaks, Shipments, Traffic
from flowopt.routing.stops import locations
from flowopt.routing.travel import MatrixTravel

AMOUNTS = (0.01, 0.5, 3.0)
ONE_BY_ONE = (Reason.SKILL, Reason.CAPACITY, Reason.UNREACHABLE, Reason.TIME_WINDOW, Reason.SHIFT)


def valid_solution(rng, problem):
    """Return a plan in which clients were inserted in any order, checked."""
    plan = OpenPlan(problem, [])
    for client in rng.permutation(problem.num_clients).tolist():
        where = plan.best(client)
        if where is not None:
            plan.insert(where)
    routes = plan.plan
    solution = problem.solution_from_routes([stops for _, stops in routes], [k for k, _ in routes])
    assert solution.check().ok, str(solution.check())
    return solution


class Planter:
    """Plants violations into a route of a valid plan; each is one for certain."""

    def __init__(self, rng, solution):
        self.rng, self.solution, self.problem = rng, solution, solution.problem
        self.number = int(rng.integers(len(solution.routes)))
        self.route = solution.routes[self.number]
        self.schedule, self.k = self.route.schedule, self.route.vehicle_type
        self.visits = self.route.visits.tolist()
        self.amount = float(rng.choice(AMOUNTS))
        self.place = int(rng.integers(len(self.visits)))
        self.client = self.visits[self.place]
        self.free = [
            client
            for client in self.visits
            if self.problem.shipment_of[client] < 0 and self.problem.group_of[client] < 0
        ]

    def planted(self):
        """Yield the name of each planted violation, the solution with it, and its code."""
        for name in dir(self):
            if name.startswith("plant_"):
                found = getattr(self, name)()
                if found is not None:
                    solution, code = found
                    yield name.removeprefix("plant_"), solution, code

    # ---- ways to plant

    def with_route(self, **changes):
        routes = list(self.solution.routes)
        routes[self.number] = dataclasses.replace(self.route, **changes)
        return dataclasses.replace(self.solution, routes=tuple(routes))

    def lie(self, **changes):
        return self.with_route(schedule=dataclasses.replace(self.schedule, **changes))

    def in_column(self, table, column, cell, value):
        """Return the plan for a problem with another value in one cell."""
        part = getattr(self.problem, table)
        values = getattr(part, column).copy()
        values[cell] = value
        return self.with_parts(**{table: dataclasses.replace(part, **{column: values})})

    def with_parts(self, **parts):
        return dataclasses.replace(self.solution, problem=self.problem.replace(**parts))

    def of_type(self, column):
        return float(getattr(self.problem.vehicle_types, column)[self.k])

    def without_rows_of(self, table):
        """Return whether the client has no rows in a table."""
        return not (getattr(self.problem, table).client == self.client).any()

    @property
    def pauses(self):
        driving = min(
            self.of_type("max_driving_before_break"), self.of_type("max_driving_duration")
        )
        return bool((self.problem.breaks.vehicle_type == self.k).any()) or driving < np.inf

    # ---- schedules that lie

    def plant_a_departure(self):
        moved = self.schedule.departure + self.rng.choice([-1, 1]) * self.amount
        return self.lie(departure=moved), None

    def plant_a_finish(self):
        return self.lie(finish=self.schedule.finish + self.amount), "schedule"

    def moved(self, name):
        values = getattr(self.schedule, name).copy()
        values[self.place] += self.rng.choice([-1, 1]) * self.amount
        return self.lie(**{name: values})

    def plant_an_arrival(self):
        return self.moved("arrival"), "schedule"

    def plant_a_start(self):
        return self.moved("start"), "schedule"

    def plant_a_load_after(self):
        return self.moved("load_after"), "load_after"

    def plant_a_load(self):
        return self.lie(load=self.schedule.load + self.amount), "load"

    def plant_a_slack(self):
        slack = self.schedule.slack.copy()
        slack[self.place] = 1.0 if np.isinf(slack[self.place]) else slack[self.place] + self.amount
        return None if self.pauses else (self.lie(slack=slack), "slack")

    def plant_a_negative_slack(self):
        slack = self.schedule.slack.copy()
        slack[self.place] = self.rng.choice([-self.amount, np.nan])
        return self.lie(slack=slack), "slack"

    def plant_a_distance(self):
        return self.lie(distance=self.schedule.distance + self.amount), "distance"

    def plant_a_duration(self):
        return self.lie(duration=self.schedule.duration - self.amount), "duration"

    def plant_a_route_cost(self):
        return self.lie(cost=self.schedule.cost - self.amount), "route_cost"

    def plant_an_overtime(self):
        return self.lie(overtime=self.schedule.overtime + self.amount), "overtime"

    def plant_a_driving(self):
        return self.lie(driving_duration=self.schedule.driving_duration + self.amount), "driving"

    def plant_a_reload_start(self):
        if self.route.num_reloads:
            moved = self.schedule.reload_start + self.amount
            return self.lie(reload_start=moved), "schedule"
        return self.lie(reload_start=np.zeros(1)), "schedule"

    def plant_a_break(self):
        breaks = self.schedule.breaks
        other = breaks[1:] if breaks else (TakenBreak(self.schedule.departure, 1.0, 0),)
        return self.lie(breaks=other), "breaks"

    def plant_a_cost(self):
        outcome = dataclasses.replace(self.solution.outcome, cost=self.solution.cost - self.amount)
        return dataclasses.replace(self.solution, outcome=outcome), "cost"

    # ---- plans that are not those of the schedule

    def plant_a_dropped_visit(self):
        keep = np.arange(len(self.visits)) != self.place
        return self.with_route(
            visits=self.route.visits[keep], reloads=self.route.reloads[keep]
        ), None

    def plant_a_second_visit(self):
        twice = np.append(self.route.visits, self.client)
        return self.with_route(
            visits=twice, reloads=np.append(self.route.reloads, -1)
        ), "visited_once"

    def plant_another_depot(self):
        return self.with_route(end_depot=1 - self.route.end_depot), "depot"

    def plant_a_vehicle_type_that_is_none(self):
        return self.with_route(vehicle_type=self.problem.num_vehicle_types), "vehicle_type"

    def plant_a_client_that_is_none(self):
        visits = self.route.visits.copy()
        visits[self.place] = self.rng.choice([-1, self.problem.num_clients])
        return self.with_route(visits=visits), "visits"

    def plant_a_reload_before_the_first_visit(self):
        reloads = self.route.reloads.copy()
        reloads[0] = 0
        return self.with_route(reloads=reloads), "reload"

    def plant_an_unserved_client_in_silence(self):
        if not self.solution.unserved:
            return None
        return dataclasses.replace(self.solution, unserved=self.solution.unserved[1:]), "served"

    def plant_a_served_client_as_unserved(self):
        entry = Unserved(self.client, Reason.FLEET_EXHAUSTED, "", "")
        named = (*self.solution.unserved, entry)
        return dataclasses.replace(self.solution, unserved=named), "served"

    def plant_a_reason(self):
        if not self.solution.unserved:
            return None
        first, *others = self.solution.unserved
        wrong = [reason for reason in ONE_BY_ONE if reason is not first.reason]
        lie = dataclasses.replace(first, reason=wrong[int(self.rng.integers(len(wrong)))])
        return dataclasses.replace(self.solution, unserved=(lie, *others)), "reason"

    # ---- limits that the plan does not keep

    def plant_too_much_load(self):
        most = max(float(self.schedule.load[0]), float(self.schedule.load_after[:, 0].max()))
        if most <= self.amount:
            return None
        return self.in_column(
            "vehicle_types", "capacity", (self.k, 0), most - self.amount
        ), "capacity"

    def plant_a_late_visit(self):
        late = float(self.schedule.start[self.place]) - self.amount
        if late < self.problem.clients.tw_early[self.client]:
            return None
        code = "time_window" if self.without_rows_of("time_windows") else None
        return self.in_column("clients", "tw_late", self.client, late), code

    def plant_an_early_visit(self):
        early = float(self.schedule.start[self.place]) + self.amount
        if early > self.problem.clients.tw_late[self.client]:
            return None
        return self.in_column("clients", "tw_early", self.client, early), None

    def plant_a_late_return(self):
        late = self.schedule.finish - self.of_type("max_overtime") - self.amount
        if late < self.of_type("tw_early"):
            return None
        return self.in_column("vehicle_types", "tw_late", self.k, late), "shift"

    def limited(self, column, amount, code):
        limit = amount - self.amount
        return None if limit < 0 else (self.in_column("vehicle_types", column, self.k, limit), code)

    def plant_a_long_duration(self):
        amount = self.schedule.duration - self.of_type("max_overtime")
        return self.limited("max_duration", amount, "max_duration")

    def plant_a_long_distance(self):
        return self.limited("max_distance", self.schedule.distance, "max_distance")

    def plant_a_long_driving(self):
        amount = self.schedule.driving_duration
        return self.limited("max_driving_duration", amount, "max_driving_duration")

    def plant_many_visits(self):
        few = len(self.visits) - 1.0
        return self.in_column("vehicle_types", "max_visits", self.k, few), "max_visits"

    def plant_too_many_vehicles(self):
        used = sum(route.vehicle_type == self.k for route in self.solution.routes)
        available = self.problem.vehicle_types.num_available
        if available.sum() - available[self.k] + used <= 1:
            return None  # some vehicle there must be
        return self.in_column("vehicle_types", "num_available", self.k, used - 1), "num_available"

    def plant_a_vehicle_that_may_not(self):
        cell = self.client, self.k
        return self.in_column("clients", "allowed", cell, False), "compatibility"

    def plant_a_skill_that_is_wanting(self):
        clients, types = self.problem.clients, self.problem.vehicle_types
        wanted = np.column_stack([clients.skills, np.arange(len(clients)) == self.client])
        there = np.column_stack([types.skills, np.zeros(len(types), dtype=np.bool_)])
        changed = self.with_parts(
            clients=dataclasses.replace(clients, skills=wanted),
            vehicle_types=dataclasses.replace(types, skills=there),
            skills=(*self.problem.skills, "magic"),
        )
        return changed, "compatibility"

    def plant_a_falling_sequence(self):
        if len(self.free) < 2:
            return None
        numbers = np.full(self.problem.num_clients, np.nan)
        numbers[self.free[:2]] = 2.0, 1.0
        clients = dataclasses.replace(self.problem.clients, sequence=numbers)
        return self.with_parts(clients=clients), "sequence"

    def plant_two_of_a_group(self):
        clients = self.problem.clients
        alike = [c for c in self.free if clients.required[c] == clients.required[self.free[0]]]
        if len(alike) < 2:
            return None
        group = clients.group.astype("U9")
        group[alike[:2]] = "planted"
        return self.with_parts(clients=dataclasses.replace(clients, group=group)), "group"

    def with_shipment(self, pickup, delivery):
        clients, old = self.problem.clients, self.problem.shipments
        if clients.required[pickup] != clients.required[delivery]:
            return None
        if clients.sequence[pickup] > clients.sequence[delivery]:
            return None
        nothing = np.zeros((1, len(self.problem.loads)))
        shipments = Shipments(
            np.append(old.id, "planted") if len(old) else np.array(["planted"]),
            np.append(old.pickup, pickup),
            np.append(old.delivery, delivery),
            np.concatenate([old.demand, nothing]),
        )
        return self.with_parts(shipments=shipments), "shipment"

    def plant_a_delivery_before_the_pickup(self):
        return None if len(self.free) < 2 else self.with_shipment(self.free[1], self.free[0])

    def plant_half_a_shipment(self):
        taken = (self.problem.shipment_of >= 0) | (self.problem.group_of >= 0)
        others = set(np.flatnonzero(~taken).tolist()) - set(self.visits)
        if not (others and self.free):
            return None
        return self.with_shipment(min(others), self.free[0])

    def plant_goods_that_are_not_there(self):
        moment = self.schedule.departure + self.amount
        return self.in_column("clients", "release_time", self.visits[0], moment), "release_time"

    def plant_a_reload_too_many(self):
        few = self.route.num_reloads - 1.0
        return (
            None
            if few < 0
            else (
                self.in_column("vehicle_types", "max_reloads", self.k, few),
                "reload",
            )
        )

    def plant_a_reload_where_none_may_be(self):
        depots = self.route.reloads[self.route.reloads >= 0]
        if not len(depots):
            return None
        cell = self.k, int(depots[0])
        return self.in_column("vehicle_types", "reload_depots", cell, False), "reload"

    def plant_a_late_reload(self):
        depots = self.route.reloads[self.route.reloads >= 0]
        late = float(self.schedule.reload_start[0]) - self.amount if len(depots) else -1.0
        if late < 0 or late < self.problem.depots.tw_early[depots[0]]:
            return None
        return self.in_column("depots", "tw_late", int(depots[0]), late), "reload"

    def plant_a_late_break(self):
        table = self.problem.breaks
        rows = np.flatnonzero(table.vehicle_type == self.k)
        taken = [each for each in self.schedule.breaks if len(rows) == 1]
        early = float(table.tw_early[rows[0]]) if len(rows) else 0.0
        for each in taken:  # the first from its earliest start on is that of the table
            if each.start >= early:
                late = (early + each.start) / 2
                found = self.in_column("breaks", "tw_late", rows[0], late)
                return None if each.start < early + 0.1 else (found, "break")
        return None

    def plant_a_break_that_is_not_taken(self):
        legs = [self.schedule.departure, *self.schedule.arrival[:1].tolist()]
        if legs[1] - legs[0] < 0.1 or self.schedule.breaks:
            return None
        old, noon = self.problem.breaks, np.array([(legs[0] + legs[1]) / 2])
        breaks = Breaks(
            np.append(old.vehicle_type, self.k),
            np.append(old.tw_early, noon),
            np.append(old.tw_late, noon + 99),
            np.append(old.duration, self.amount),
        )
        return self.with_parts(breaks=breaks), None

    def plant_a_rest_that_is_not_taken(self):
        if self.schedule.driving_duration < 0.1 or self.schedule.breaks:
            return None
        longest = max(np.diff([self.schedule.departure, *self.schedule.arrival[:1]]))
        if longest < 0.1:
            return None
        column = "max_driving_before_break"
        return self.in_column("vehicle_types", column, self.k, longest / 2), "breaks"

    def plant_traffic(self):
        if len(self.problem.traffic) or self.schedule.driving_duration < 0.1:
            return None
        jam = np.array([self.schedule.departure - 1.0])
        traffic = Traffic(jam, np.array([0.5]), np.array([-1]))
        return self.with_parts(traffic=traffic), None

    def plant_a_slow_vehicle(self):
        if self.schedule.driving_duration < 0.1:
            return None
        slow = self.of_type("speed_factor") / 2
        return self.in_column("vehicle_types", "speed_factor", self.k, slow), None

    def with_way(self, change):
        """Return the plan where the first way of the route is another."""
        types = self.problem.vehicle_types
        if types.profile[self.k] > 0:
            return None
        first = locations(self.route.visits[:1], self.problem.num_depots)[0]
        way = int(types.start_depot[self.k]), int(first)
        distance = self.problem.travel.distance.copy()
        distance[way] = change(distance[way])
        return self.with_parts(travel=MatrixTravel(distance, self.problem.travel.duration))

    def plant_a_missing_way(self):
        changed = self.with_way(lambda distance: np.inf)
        return changed and (changed, "reach")

    def plant_a_longer_way(self):
        changed = self.with_way(lambda distance: distance + self.amount)
        return changed and (changed, "distance")

    def plant_more_demand(self):
        demand = self.problem.clients.demand[self.client, 0] + self.amount
        return self.in_column("clients", "demand", (self.client, 0), demand), None

    def plant_a_pickup(self):
        pickup = self.problem.clients.pickup[self.client, 0] + self.amount
        return self.in_column("clients", "pickup", (self.client, 0), pickup), "load_after"

    # ---- costs that are others

    def plant_an_assignment_cost(self):
        cell = self.client, self.k
        cost = self.problem.clients.assignment_cost[cell] + self.amount
        return self.in_column("clients", "assignment_cost", cell, cost), "route_cost"

    def plant_a_unit_cost(self):
        column, amount = {
            0: ("fixed_cost", 1.0),
            1: ("unit_distance_cost", self.schedule.distance),
            2: ("unit_duration_cost", self.schedule.duration),
            3: ("unit_overtime_cost", self.schedule.overtime),
        }[int(self.rng.integers(4))]
        if amount < 0.1:
            return None
        cost = self.of_type(column) + self.amount
        return self.in_column("vehicle_types", column, self.k, cost), "route_cost"

    def plant_a_price_of_the_longest_route(self):
        if max(route.duration for route in self.solution.routes) < 0.1:
            return None
        price = self.problem.longest_duration_cost + self.amount
        return self.with_parts(longest_duration_cost=price), "cost"

    def plant_a_prize(self):
        optional = [
            e.client for e in self.solution.unserved if not self.problem.clients.required[e.client]
        ]
        if not optional:
            return None
        prize = float(self.problem.clients.prize.max()) + self.amount
        return self.in_column("clients", "prize", optional[0], prize), "cost"


def planted_in(seed, random_problem):
    """Return (name, whether found, whether under its code) of violations in one problem."""
    rng = np.random.default_rng(seed)
    problem = random_problem(rng)
    solution = valid_solution(rng, problem)
    if not solution.routes:
        return []
    results = []
    for name, wrong, code in Planter(rng, solution).planted():
        report = wrong.check()
        codes = {violation.constraint for violation in report}
        results.append((name, not report.ok, code is None or code in codes))
    return results


@pytest.mark.parametrize("seed", range(10))
def test_every_planted_violation_is_found(seed, random_problem):
    results = planted_in(seed, random_problem)
    assert [name for name, found, _ in results if not found] == []
    assert [name for name, _, under_its_code in results if not under_its_code] == []


@pytest.mark.slow
def test_of_ten_thousand_planted_violations_all_are_found(random_problem):
    missed, planted, seed = [], Counter(), 1000
    while planted.total() < 10_000:
        for name, found, under_its_code in planted_in(seed, random_problem):
            planted[name] += 1
            if not (found and under_its_code):
                missed.append((seed, name))
        seed += 1
    assert len(missed) <= planted.total() / 1000, missed
    assert len(planted) == sum(name.startswith("plant_") for name in dir(Planter)), planted
