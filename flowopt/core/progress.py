"""The progress bar of a search."""

from __future__ import annotations

from tqdm import tqdm

from flowopt.core.options import Progress


class ProgressBar:
    """Shows a search on standard error: elapsed time, best cost, bound, iterations.

    Parameters
    ----------
    time_limit
        Seconds that the search may take; None shows a counter without an end.
    """

    def __init__(self, time_limit: float | None) -> None:
        layout = "{desc} {bar} {n:.1f}/{total:.1f} s{postfix}" if time_limit else None
        self._bar = tqdm(total=time_limit, desc="searching", bar_format=layout, leave=False)

    def __call__(self, progress: Progress) -> None:
        """Show one progress message."""
        self._bar.n = min(progress.elapsed, self._bar.total or progress.elapsed)
        shown = {"cost": progress.cost, "bound": progress.bound}
        figures = {name: f"{value:,.6g}" for name, value in shown.items() if value is not None}
        self._bar.set_postfix(figures | {"iterations": progress.iterations}, refresh=True)

    def close(self) -> None:
        """Take the bar off the screen."""
        self._bar.close()
