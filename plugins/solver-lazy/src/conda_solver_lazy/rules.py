"""What candidates ask of other names: requirements, constraints and features, each a rule with a number.

Equal requirements are one rule, so that all candidates of a name that have it are known, and a conflict excludes them
at once. A rule is never stored for a candidate that nobody has looked at.
"""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.record import PackageRecord
    from conda_solver_lazy.domains import Domains
    from conda_solver_lazy.world import World

    Key = int | str

NOT_YET = -1


class Asked(NamedTuple):
    """What a rule is made of: a spec that is required or that constrains, or a feature that must be tracked."""

    what: MatchSpec | str
    is_requirement: bool


class Listed(NamedTuple):
    """The rules of candidates that ask the same: those that look-ups go through, and those that need more."""

    plain: tuple[int, ...]
    special: tuple[int, ...]


class Rules:
    """The rules by their numbers.

    `target` is the number of the name that a rule is about and `allowed` the bits that it leaves of that name's domain;
    both are found out when they are first needed, `allowed` is `NOT_YET` before. `special` are the rules that became
    nogoods at once: with a condition, with groups, about the own name of who has them; they are handed to the function
    `meet_special` with the name that has them, once for each name.
    """

    def __init__(
        self,
        world: World,
        domains: Domains,
        number_of_feature: Callable[[str], int],
        meet_special: Callable[[int, int], None],
    ) -> None:
        self.asked: list[Asked] = []
        self.target: list[int] = []
        self.allowed: list[int] = []
        self._world = world
        self._domains = domains
        self._number_of_feature = number_of_feature
        self._meet_special = meet_special
        self._numbers: dict[Key, int] = {}
        self._keys: list[Key] = []
        self._is_special: list[bool] = []
        self._about: list[str] = []
        self._listed: dict[tuple[int, int, int, tuple[str, ...]], Listed] = {}
        self._of: dict[int, dict[int, tuple[int, ...]]] = {}
        self._having: dict[int, dict[Key, int]] = {}
        self._met: set[tuple[int, int]] = set()
        self._lists: list[object] = []

    def of(self, name: int, bit: int) -> tuple[int, ...]:
        """Return the rules of a candidate."""
        found = self._of.get(name)
        if found is None:
            found = self._of[name] = {}
        rules = found.get(bit)
        if rules is None:
            rules = found[bit] = self._looked_at(name, bit)
        return rules

    def add_choices(self, name: int, choices: Sequence[tuple[int, int]]) -> None:
        """Say what the candidates of an invented name ask: each of another name that it lies in a mask."""
        self._of[name], self._having[name] = {}, {}
        for place, (target, allowed) in enumerate(choices):
            key = f"{name}, {place}"
            rule = self._add(Asked(self._world.texts[target], is_requirement=True), key)
            self.target[rule], self.allowed[rule] = target, allowed
            self._of[name][1 << place] = (rule,)
            self._having[name][key] = 1 << place

    def having(self, name: int, rule: int) -> int:
        """Return all candidates of a name that have a rule."""
        found = self._having.get(name)
        if found is None:
            found = self._having[name] = {}
        mask = found.get(self._keys[rule])
        if mask is None:
            mask = found[self._keys[rule]] = self._holders(name, rule)
        return mask

    def evaluated(self, rule: int) -> int:
        """Return what a rule leaves of its target's domain, and remember it."""
        what, is_requirement = self.asked[rule]
        if isinstance(what, str):
            target = self._number_of_feature(what)
            allowed = self._domains.absent[target] - 1
        else:
            target = self._world.number(what.name)
            allowed = self._world.matching(what)
            if not is_requirement:
                allowed |= self._domains.absent[target]
        self.target[rule], self.allowed[rule] = target, allowed
        return allowed

    def _looked_at(self, name: int, bit: int) -> tuple[int, ...]:
        if not self._world.is_package(name):
            return ()
        listed = self._read(name, self._world.records[name][bit.bit_length() - 1])
        for rule in listed.special:
            if (name, rule) not in self._met:
                self._met.add((name, rule))
                self._meet_special(name, rule)
        return listed.plain

    def _holders(self, name: int, rule: int) -> int:
        """Return which candidates of a name have a rule; nothing else of theirs becomes a rule by that."""
        what, is_requirement = self.asked[rule]
        if isinstance(what, str):
            records = self._world.records[name]
            return sum(1 << place for place, record in enumerate(records) if what in _lacking(record))
        found = self._world.index.having(self._world.texts[name], what, constrains=not is_requirement)
        bit, record = self._world.only_installed(name)
        if record is not None:
            index = self._world.index
            asked = index.requirements(record) if is_requirement else index.constraints(record)
            if any(one is what for one in asked):
                found |= bit
        return found

    def _read(self, name: int, record: PackageRecord) -> Listed:
        requirements, constraints = self._world.index.requirements(record), self._world.index.constraints(record)
        features = _lacking(record)
        key = (name, id(requirements), id(constraints), features)
        listed = self._listed.get(key)
        if listed is None:
            # The lists are kept, so that no other ever has their id.
            self._lists.append((requirements, constraints))
            rules = dict.fromkeys(self._number(spec, id(spec)) for spec in requirements)
            rules.update(dict.fromkeys(self._number(spec, -id(spec)) for spec in constraints))
            rules.update(dict.fromkeys(self._number(word, word) for word in features))
            special = [
                rule
                for rule in rules
                if self._is_special[rule] or (self._about[rule] == record.name and self._keys[rule] not in features)
            ]
            for rule in special:
                del rules[rule]
            listed = self._listed[key] = Listed(tuple(rules), tuple(special))
        return listed

    def _number(self, what: MatchSpec | str, key: Key) -> int:
        number = self._numbers.get(key)
        if number is None:
            is_requirement = isinstance(key, str) or key > 0
            number = self._numbers[key] = self._add(Asked(what, is_requirement), key)
        return number

    def _add(self, one: Asked, key: Key) -> int:
        what = one.what
        self.asked.append(one)
        self.target.append(NOT_YET)
        self.allowed.append(NOT_YET)
        self._keys.append(key)
        self._about.append(what if isinstance(what, str) else what.name)
        self._is_special.append(not isinstance(what, str) and (what.condition is not None or bool(what.extras)))
        return len(self.asked) - 1


def _lacking(record: PackageRecord) -> tuple[str, ...]:
    """Return the features that a record needs and does not track itself."""
    return record.features and tuple(word for word in record.features if word not in record.track_features)
