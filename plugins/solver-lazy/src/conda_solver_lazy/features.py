"""The features that packages are for: each a name whose candidates are the packages that track it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_solver_lazy.rules import Rules
    from conda_solver_lazy.world import World


class Features:
    """The numbers of the features that something has asked for.

    Who tracks a feature may be any package that the request can reach: these are found when the first feature is met,
    which few requests do.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._numbers: dict[str, int] = {}
        self._trackers: dict[str, dict[str, None]] | None = None

    def number(self, feature: str, rules: Rules) -> int:
        """Return the number of the feature's name."""
        number = self._numbers.get(feature)
        if number is None:
            number = self._numbers[feature] = self._met(feature, rules)
        return number

    def _met(self, feature: str, rules: Rules) -> int:
        if self._trackers is None:
            self._trackers = self._found()
        names = list(self._trackers.get(feature, ()))
        number = self._world.invent(feature, len(names))
        choices = []
        for name in names:
            tracker = self._world.number(name)
            tracking = 0
            for place, record in enumerate(self._world.records[tracker]):
                if feature in record.track_features:
                    tracking |= 1 << place
            choices.append((tracker, tracking))
        rules.add_choices(number, choices)
        return number

    def _found(self) -> dict[str, dict[str, None]]:
        found: dict[str, dict[str, None]] = {}
        request = self._world.request
        for record in (*request.index.tracking(request.jobs), *self._world.installed()):
            for feature in record.track_features:
                found.setdefault(feature, {})[record.name] = None
        return found
