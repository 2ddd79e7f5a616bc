"""A setting: a typed value that its owner declares, and that many layers may give."""

from __future__ import annotations

from collections.abc import Mapping

from conda_kernel.model.typed import TYPE_CHECKING, Generic, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conda_kernel.model.layer import Entry, Marks
    from conda_kernel.model.span import Span

T = TypeVar("T")
Value = TypeVar("Value", covariant=True)  # noqa: PLC0105 - no suffix makes it clearer

TRUE = frozenset({"true", "yes", "on", "y", "1"})
FALSE = frozenset({"false", "no", "off", "n", "non", "none", "0", ""})

VARIABLE = r"\$\{(\w+)\}|\$(\w+)|%(\w+)%"
JSON_FILE = r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}\.json"


class Setting(Generic[Value]):
    """The declaration of a setting.

    `read` turns what a layer holds into the value and raises `ValueError` with the reason when it cannot; text is what
    environment variables hold. `merge` makes one value of those of several layers, highest first; without it the
    highest counts. `aliases` are other names for the same setting; `separator` parts a list in an environment variable.
    Where `expands` is true, variables in the value stand for what the environment gives them.
    """

    __slots__ = ("aliases", "default", "description", "expands", "merge", "name", "read", "separator")

    def __init__(  # noqa: PLR0913 - a table row: each is named where a setting is declared
        self,
        name: str,
        read: Callable[[object], Value],
        *,
        default: Value,
        description: str,
        merge: Callable[[list[Value]], Value] | None = None,
        aliases: tuple[str, ...] = (),
        separator: str = ",",
        expands: bool = False,
    ) -> None:
        self.name = name
        self.read = read
        self.default = default
        self.description = description
        self.merge = merge
        self.aliases = aliases
        self.separator = separator
        self.expands = expands

    def __repr__(self) -> str:
        return f"Setting({self.name!r})"

    @property
    def kind(self) -> str:
        """What its values are, as its default is one: `sequence`, `map` or `primitive`."""
        if isinstance(self.default, (list, tuple)):
            return "sequence"
        return "map" if isinstance(self.default, Mapping) else "primitive"

    @property
    def names(self) -> tuple[str, ...]:
        """The name and its aliases."""
        return (self.name, *self.aliases)

    def parted(self, text: str) -> list[str] | dict[str, str]:
        """Return the items of a list or a mapping that an environment variable holds."""
        items = [item.strip() for item in text.split(self.separator)]
        items = [item for item in items if item]
        return dict(map(_pair, items)) if self.kind == "map" else items


def _pair(item: str) -> tuple[str, str]:
    key, _, value = item.partition("=")
    return key.strip(), value.strip()


def flag(value: object) -> bool:
    """Read a truth value: a boolean, a number, or one of the usual words."""
    if isinstance(value, (bool, int, float)):
        return bool(value)
    word = value.strip().lower() if isinstance(value, str) else None
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ValueError("expected `true` or `false`")


def whole(value: object) -> int:
    """Read a whole number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        try:
            return int(value.strip())
        except ValueError:
            pass
    raise ValueError("expected a whole number")


def number(value: object) -> float:
    """Read a number."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value.strip())
        except ValueError:
            pass
    raise ValueError("expected a number")


def duration(value: object) -> float:
    """Read seconds to wait, none or some."""
    seconds = number(value)
    if not 0 <= seconds < float("inf"):
        raise ValueError("expected a number of seconds, 0 or more")
    return seconds


def patience(value: object) -> float:
    """Read seconds after which to give up."""
    seconds = number(value)
    if not 0 < seconds < float("inf"):
        raise ValueError("expected a number of seconds above 0")
    return seconds


def span(value: object) -> Span:
    """Read how far back something reaches: a duration, a date, or a date with a time; nothing is no limit."""
    from conda_kernel.model.span_reading import read_span  # noqa: PLC0415 - costs 2 ms, and few set one

    return read_span(value)


def text(value: object) -> str:
    """Read text; numbers and truth values become what they are written as."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return str(value)
    raise ValueError("expected text")


def optional_text(value: object) -> str | None:
    """Read text or nothing."""
    if value is None or (isinstance(value, str) and value.strip().lower() in {"", "none", "null", "~"}):
        return None
    return text(value)


def optional_flag(value: object) -> bool | None:
    """Read a truth value or nothing."""
    if value is None or (isinstance(value, str) and value.strip().lower() in {"none", "null", "~"}):
        return None
    return flag(value)


def texts(value: object) -> tuple[str, ...]:
    """Read a list of texts; a single text is refused, so that a forgotten dash is told."""
    if isinstance(value, (list, tuple)):
        return tuple(text(item) for item in value)
    raise ValueError("expected a list; write each item on a line of its own after a dash")


def mapping(value: object) -> dict[str, str]:
    """Read a mapping of texts."""
    if isinstance(value, dict):
        return {text(key): text(item) for key, item in value.items()}
    raise ValueError("expected a mapping")


def scalars(value: object) -> dict[str, str]:
    """Read a mapping, and of it what is text, a number or a truth value: another program reads the rest."""
    if isinstance(value, dict):
        return mapping({key: item for key, item in value.items() if isinstance(item, (str, int, float))})
    return mapping(value)


def lists(value: object) -> dict[str, tuple[str, ...]]:
    """Read a mapping of lists of texts."""
    if isinstance(value, dict):
        return {text(key): texts(items) for key, items in value.items()}
    raise ValueError("expected a mapping of lists")


def proxies(value: object) -> dict[str, str]:
    """Read a mapping of texts in which a value may be nothing, which is as if its key were not there."""
    if isinstance(value, dict):
        return mapping({key: item for key, item in value.items() if item is not None})
    return mapping(value)


def mappings(value: object) -> tuple[dict[str, str], ...]:
    """Read a list of mappings of texts."""
    if isinstance(value, (list, tuple)):
        return tuple(mapping(item) for item in value)
    raise ValueError("expected a list of mappings; write each after a dash")


def choice(*words: str) -> Callable[[object], str]:
    """Return a reader of one of the words; case does not count, nor does the difference of `-` and `_`."""

    def read(value: object) -> str:
        word = text(value).strip().lower().replace("-", "_")
        if word not in words:
            raise ValueError("expected one of " + ", ".join(f"`{known}`" for known in words))
        return word

    return read


def channel_priority(value: object) -> str:
    """Read a channel priority; `true` and `false` are its older spellings."""
    if isinstance(value, bool):
        return "flexible" if value else "disabled"
    return choice("strict", "flexible", "disabled")(value)


def platform(value: object) -> str:
    """Read the name of a platform, or nothing; it becomes a part of paths and URLs."""
    from conda_kernel.model.subdir import is_subdir_name  # noqa: PLC0415 - mistyped commands do without

    name = text(value).strip()
    if name and not is_subdir_name(name):
        raise ValueError("expected a platform like `linux-64`")
    return name


def file_names(value: object) -> tuple[str, ...]:
    """Read names of files in JSON, one at least; they become parts of paths and URLs."""
    import re  # noqa: PLC0415 - few name any

    names = tuple(dict.fromkeys(name.strip() for name in texts(value)))
    if not names or not all(re.fullmatch(JSON_FILE, name) for name in names):
        raise ValueError("expected names of files without a folder that end in `.json`, like `current_repodata.json`")
    return names


def verification(value: object) -> bool | str:
    """Read whether certificates are verified, or the path of those to trust."""
    try:
        return flag(value)
    except ValueError:
        return text(value)


def concatenated(lists: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Merge lists, those of higher layers first; an item that comes again is dropped."""
    return tuple(dict.fromkeys(item for items in lists for item in items))


def foremost(values: list[T]) -> T:
    """Merge by taking what the highest layer has."""
    return values[0]


def stacked(lists: list[tuple[dict[str, str], ...]]) -> tuple[dict[str, str], ...]:
    """Merge lists of which the last fitting entry counts: those of higher layers last."""
    return tuple(item for items in reversed(lists) for item in items)


def united(mappings: list[dict[str, T]]) -> dict[str, T]:
    """Merge mappings; for a key that several have, the highest layer counts."""
    merged: dict[str, T] = {}
    for each in reversed(mappings):
        merged.update(each)
    return merged


def expanded(value: object, environ: Mapping[str, str]) -> object:
    """Return the value with `$NAME`, `${NAME}` and `%NAME%` replaced; what is not set stays as it is written."""
    if isinstance(value, str):
        if "$" not in value and "%" not in value:
            return value
        import re  # noqa: PLC0415 - few values have variables

        return re.sub(VARIABLE, lambda found: environ.get(found[found.lastindex or 0], found[0]), value)
    if isinstance(value, (list, tuple)):
        return [expanded(item, environ) for item in value]
    if isinstance(value, dict):
        return {key: expanded(item, environ) for key, item in value.items()}
    return value


def first_that_counts(entries: Sequence[Entry]) -> int:
    """Return the place of the lowest final entry, highest first; 0 when none is final."""
    return max((place for place, entry in enumerate(entries) if entry.marks.final), default=0)


def marked(merged: T, given: Sequence[tuple[T, Marks]]) -> T:
    """Return a merged value with regard to the marks of what it was merged from, highest layer first."""
    if not any(marks.top or marks.bottom or marks.final_keys for _, marks in given):
        return merged
    if isinstance(merged, dict):
        kept = {
            key: value[key]
            for value, marks in given
            if isinstance(value, dict)
            for key in marks.final_keys
            if key in value
        }
        return cast("T", {**merged, **kept})
    if isinstance(merged, tuple):
        return cast("T", _ordered(merged, cast("Sequence[tuple[tuple[object, ...], Marks]]", given)))
    return merged


def _ordered(merged: tuple[object, ...], given: Sequence[tuple[tuple[object, ...], Marks]]) -> tuple[object, ...]:
    top = [value[place] for value, marks in reversed(given) for place in marks.top if place < len(value)]
    bottom = [value[place] for value, marks in given for place in marks.bottom if place < len(value)]
    behind = [item for place, item in enumerate(bottom) if item not in bottom[place + 1 :]]
    ahead: list[object] = []
    for item in (*top, *merged):
        if item not in ahead and item not in behind:
            ahead.append(item)
    return (*ahead, *behind)
