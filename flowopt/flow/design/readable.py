"""The model of a design as a PuLP model, for people to read and to add to, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import EngineError, Failures
from flowopt.core.options import Options, Run
from flowopt.core.report import same
from flowopt.core.status import Status
from flowopt.flow.design.engines.pipeline import cost_of, values_of
from flowopt.flow.design.model import Block, DesignModel, build
from flowopt.flow.design.solution import DesignSolution
from flowopt.solvers import milp
from flowopt.solvers.linear import LinearResult

if TYPE_CHECKING:
    from flowopt.flow.design.problem import DesignProblem

FloatArray = npt.NDArray[np.float64]
_CLEAN = str.maketrans("-+[] >/", "__()___")
"""What PuLP does not take in a name; brackets stay brackets."""


def to_pulp(problem: DesignProblem, model: DesignModel | None = None) -> Any:
    """Return the model that the engines solve as a PuLP model.

    Parameters
    ----------
    problem
        What to model.
    model
        Its arrays; None makes those with all links.
    """
    pulp = _pulp()
    model = build(problem) if model is None else model
    linear = model.linear
    readable = pulp.LpProblem("design", pulp.LpMinimize)
    whole = np.zeros(len(linear.cost), np.bool_) if linear.integer is None else linear.integer
    add = readable.add_variable
    variables = [
        add(name, low, high if high < np.inf else None, "Integer" if is_whole else "Continuous")
        for name, low, high, is_whole in zip(
            column_names(problem, model),
            linear.lower.tolist(),
            linear.upper.tolist(),
            whole.tolist(),
            strict=True,
        )
    ]
    priced = zip(variables, linear.cost.tolist(), strict=True)
    readable.setObjective(pulp.LpAffineExpression(priced, linear.offset))
    _add_rows(problem, model, variables, readable)
    return readable


def _pulp() -> Any:
    """Return the module, whose types are too incomplete to check against."""
    import pulp

    return pulp


def _add_rows(
    problem: DesignProblem, model: DesignModel, variables: list[Any], readable: Any
) -> None:
    """Add the rows; one with two different limits becomes two."""
    pulp = _pulp()
    linear = model.linear
    matrix = linear.matrix.tocsr()
    start, columns, values = (
        part.tolist() for part in (matrix.indptr, matrix.indices, matrix.data)
    )
    limits = zip(linear.row_lower.tolist(), linear.row_upper.tolist(), strict=True)
    names = _names(problem, model.rows)
    for row, (low, high) in enumerate(limits):
        inside = slice(start[row], start[row + 1])
        terms = [
            (variables[column], value)
            for column, value in zip(columns[inside], values[inside], strict=True)
        ]
        sides = [(low, pulp.LpConstraintGE, " least"), (high, pulp.LpConstraintLE, "")]
        if low == high:
            sides = [(low, pulp.LpConstraintEQ, "")]
        for limit, sense, suffix in sides:
            if abs(limit) < np.inf:
                expression = pulp.LpAffineExpression(terms)
                name = f"{names[row]}{suffix}".translate(_CLEAN)
                readable.addConstraint(pulp.LpConstraint(expression, sense, name, limit))


def column_names(problem: DesignProblem, model: DesignModel) -> list[str]:
    """Return the name of each column, none twice.

    Parameters
    ----------
    problem
        The problem.
    model
        Its model.
    """
    return _names(problem, model.columns)


def _names(problem: DesignProblem, blocks: dict[str, Block]) -> list[str]:
    """Return names made of the ids of what columns, or rows, stand for."""
    lanes = [problem.lane_name(lane) for lane in range(problem.num_lanes)]
    sites = [str(name) for name in problem.site_id.tolist()]
    goods = [str(name) for name in problem.commodity_id.tolist()]
    periods = [str(name) for name in problem.period_id.tolist()]
    facilities = [*sites, *lanes]
    by_site, by_lane = [sites, goods, periods], [lanes, goods, periods]
    words: dict[str, list[list[str]]] = {
        "flow": by_lane,
        "link": by_lane,
        "link_source": by_lane,
        "link_target": by_lane,
        "unmet": by_site,
        "balance": by_site,
        "served_when_open": by_site,
        "open": [sites],
        "single_source": [sites],
        "use": [lanes],
        "use_source": [lanes],
        "use_target": [lanes],
        "joint_supply": [sites, periods],
        **{
            name: [facilities, periods]
            for name in (
                "site_capacity",
                "lane_capacity",
                "min_throughput",
                "min_flow",
                "step_flow",
                "step_choice",
            )
        },
    }
    rows = [f"{problem.facility_name(int(on))},{row}" for row, on in enumerate(problem.step_on)]
    words |= {name: [rows, periods] for name in ("step", "part", "step_end", "step_start")}
    rows = [f"{problem.facility_name(int(on))},{row}" for row, on in enumerate(problem.module_on)]
    words |= {"module": [rows], "module_open": [rows]}
    names: list[str] = []
    for kind, block in blocks.items():
        names += _block_names(kind, block, words.get(kind))
    return _told_apart(names)


def _block_names(kind: str, block: Block, words: list[list[str]] | None) -> list[str]:
    if words is None:
        return [kind] * block.size
    shown = [
        (table, key)
        for table, key in zip(words, block.keys, strict=True)
        if len(table) > 1 or len(words) == 1
    ]
    shown = shown or [(words[0], block.keys[0])]
    parts = [[table[place] for place in key.tolist()] for table, key in shown]
    texts = zip(*parts, strict=True)
    return [f"{kind}({','.join(text)})".translate(_CLEAN) for text in texts]


def _told_apart(names: list[str]) -> list[str]:
    """Return the names with a number behind those that stand there before."""
    if len(set(names)) == len(names):
        return names
    taken: set[str] = set()
    told = []
    for place, name in enumerate(names):
        new = name if name not in taken else f"{name}#{place}"
        taken.add(new)
        told.append(new)
    return told


def solve_model(
    problem: DesignProblem, model: Any, engine: Any, options: dict[str, Any]
) -> DesignSolution:
    """Solve a readable model to which something was added; return the design, checked.

    Parameters
    ----------
    problem
        The problem that the model was made of.
    model
        The model.
    engine
        Name of a MIP solver.
    options
        The keywords of `DesignProblem.solve`.
    """
    from pulp import LpMinimize, LpProblem

    if not isinstance(model, LpProblem):
        raise TypeError(f"the model is a {type(model).__name__}; give the model of to_pulp()")
    arrays = build(problem)
    with Run(Options(**options)) as run:
        variables = _variables(problem, arrays, model)
        result = milp.solve(model, run, solver=engine)
        values = None
        if result.status.has_solution:
            values = np.array([variable.varValue or 0.0 for variable in variables])
        bound = result.bound if model.sense == LpMinimize else None  # none of the least cost
        found = LinearResult(result.status, result.limit, values, result.objective, bound)
        solution = _answer(problem, arrays, found, run, engine)
    report = solution.check()
    if not report.ok:
        raise EngineError(f"the answer to the model does not hold for the problem:\n{report}")
    return solution


def _answer(
    problem: DesignProblem, arrays: DesignModel, found: LinearResult, run: Run, engine: str
) -> DesignSolution:
    """Return the design; its bound is that of the model, and unknown when that has other costs."""
    if found.values is None or found.objective is None:
        limit = None if found.status is Status.INFEASIBLE else found.limit or run.stopped()
        return DesignSolution(
            problem=problem, outcome=run.outcome(found.status, engine, limit=limit)
        )
    values = values_of(problem, arrays, found.values)
    cost = cost_of(problem, values)
    bound = found.bound if same(cost, found.objective) else None
    if bound is not None:
        bound = cost if found.status is Status.OPTIMAL else min(bound, cost)
    run.report(cost, bound)
    outcome = run.outcome(found.status, engine, cost=cost, bound=bound, limit=found.limit)
    return DesignSolution(problem=problem, outcome=outcome, values=values)


def _variables(problem: DesignProblem, arrays: DesignModel, model: Any) -> list[Any]:
    """Return the variables of a model in the order of the problem's columns."""
    known: dict[str, Any] = model.variablesDict()
    failures, found = Failures(), []
    for name in column_names(problem, arrays):
        variable = known.get(name)
        if variable is None:
            fix = "start from to_pulp() of this problem, and add to it"
            failures.add("model", name, None, None, "missing", "is no variable of the model", fix)
        found.append(variable)
    failures.raise_if_any()
    return found
