# SPDX-License-Identifier: MIT
"""Records are the dataclasses that `dataclasses` would have made."""

from __future__ import annotations

import abc
import copy
import dataclasses
import inspect
import pickle
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, field, fields
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xmppkit import records
from xmppkit.records import record

T = TypeVar("T")


@record(frozen=True, slots=True)
class Point:
    """A place."""

    origin: ClassVar[str] = "here"

    x: int
    y: int = 0

    def moved(self, by: int) -> Point:
        return Point(self.x + by, self.y)


@record(frozen=True, slots=True)
class Place(Point):
    """A place with a name."""

    name: str = field(default="", repr=False)
    y: int = 1
    tags: list[str] = field(default_factory=list, compare=False)


@record(slots=True)
class Counter:
    """One that changes."""

    count: int = 0


@record(frozen=True, slots=True)
class Box(Generic[T]):
    """Holds something."""

    content: T


def state_of(name: str, kind: type) -> object:
    return vars(kind)[name]


def slots_of(kind: type) -> object:
    return vars(kind)["__slots__"]


# --- written when it is used ------------------------------------------------------------------------------


def test_nothing_is_written_before_it_is_used() -> None:
    @record(frozen=True, slots=True)
    class Fresh:
        x: int

    names = ["__init__", "__repr__", "__eq__", "__hash__", "__dataclass_fields__", "__match_args__"]
    unwritten = {name for name in names if isinstance(state_of(name, Fresh), records._Unwritten)}
    assert unwritten == set(names)
    one = Fresh(1)
    assert inspect.isfunction(state_of("__init__", Fresh))
    assert isinstance(state_of("__repr__", Fresh), records._Unwritten)
    assert repr(one) == "test_nothing_is_written_before_it_is_used.<locals>.Fresh(x=1)"
    assert inspect.isfunction(state_of("__repr__", Fresh))


def test_the_constructor_of_a_base_called_first_by_a_subclass() -> None:
    @record(frozen=True, slots=True)
    class Base:
        x: int

    @record(frozen=True, slots=True)
    class Derived(Base):
        y: int

        def __init__(self, y: int) -> None:
            Base.__init__(self, 2 * y)
            object.__setattr__(self, "y", y)

        def __repr__(self) -> str:
            return "derived from " + Base.__repr__(self)

    assert Derived(3).x == 6
    assert repr(Derived(3)).startswith("derived from ")


def test_signature() -> None:
    @record(frozen=True, slots=True, kw_only=True)
    class Fresh:
        x: int
        y: str = "a"

    assert str(inspect.signature(Fresh)) == "(*, x: 'int', y: 'str' = 'a') -> None"


# --- as dataclasses do it ---------------------------------------------------------------------------------


def test_values_and_representation() -> None:
    place = Place(1, name="home", tags=["a"])
    assert (place.x, place.y, place.name, place.tags) == (1, 1, "home", ["a"])
    assert repr(place) == "Place(x=1, y=1, tags=['a'])"
    assert place == Place(1, 1, "home") != Place(2, 1, "home")
    assert hash(place) == hash(Place(1, 1, "home"))
    assert Point(1) != Place(1)
    assert Point(1) != object()
    assert Place(1).tags is not Place(1).tags
    assert Point(1).moved(2) == Point(3)
    assert Point.origin == "here"
    assert slots_of(Point) == ("x", "y")
    assert slots_of(Place) == ("name", "tags")
    assert not hasattr(place, "__dict__")


maker: Callable[..., Point] = Point


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: maker(), r"Point\.__init__\(\) missing 1 required positional argument: 'x'"),
        (lambda: maker(1, 2, 3), r"Point\.__init__\(\) takes from 2 to 3 positional arguments but 4 were given"),
        (lambda: maker(1, z=2), r"Point\.__init__\(\) got an unexpected keyword argument 'z'"),
    ],
)
def test_wrong_arguments(call: Callable[[], object], message: str) -> None:
    for _ in range(2):
        with pytest.raises(TypeError, match=message):
            call()


def test_frozen() -> None:
    point = Point(1)
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'other'"):
        point.other = 2  # type: ignore[attr-defined]
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'x'"):
        del point.x
    assert point.x == 1


def test_a_subclass_that_is_no_record_has_attributes_of_its_own() -> None:
    class Marked(Point):
        mark: str

    marked = Marked(1)
    marked.mark = "a"
    assert marked.mark == "a"
    del marked.mark
    assert not hasattr(marked, "mark")
    with pytest.raises(FrozenInstanceError):
        marked.x = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del marked.x


def test_mutable() -> None:
    counter = Counter()
    counter.count += 1
    assert counter == Counter(1)
    assert pickle.loads(pickle.dumps(counter)) == copy.copy(counter) == counter
    with pytest.raises(TypeError, match="unhashable"):
        hash(counter)
    with pytest.raises(AttributeError):
        counter.other = 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_copies(make: Callable[[Place], Place]) -> None:
    place = Place(1, 2, "home", ["a"])
    twin = make(place)
    assert twin == place
    assert twin is not place
    assert twin.tags == ["a"]


def test_a_state_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Point(1).__setstate__([1])  # type: ignore[attr-defined]


def test_the_tools_of_dataclasses() -> None:
    place = Place(1, 2, "home")
    assert dataclasses.is_dataclass(Place)
    assert dataclasses.is_dataclass(place)
    assert [each.name for each in fields(Place)] == ["x", "y", "name", "tags"]
    assert [each.type for each in fields(place)] == ["int", "int", "str", "list[str]"]
    assert dataclasses.replace(place, x=5) == Place(5, 2, "home")
    assert dataclasses.asdict(place) == {"x": 1, "y": 2, "name": "home", "tags": []}
    assert dataclasses.astuple(Point(1)) == (1, 0)
    if sys.version_info >= (3, 13):
        assert copy.replace(place, x=5) == Place(5, 2, "home")


def test_patterns() -> None:
    match Place(1, 2, "home"):
        case Place(x, y, name):
            assert (x, y, name) == (1, 2, "home")
    assert Place.__match_args__ == ("x", "y", "name", "tags")


def test_a_field_that_is_no_argument() -> None:
    @record(frozen=True, slots=True)
    class Counted:
        count: int = field(default=3, init=False)
        name: str = ""

    assert Counted("a").count == 3


def test_generic() -> None:
    box: Box[int] = Box[int](3)
    assert box.content == 3
    assert box == Box(3)
    assert repr(box) == "Box(content=3)"


def test_a_dataclass_may_inherit_from_a_record_and_a_record_from_a_dataclass() -> None:
    @dataclass(frozen=True, slots=True)
    class Above(Point):
        z: int = 3

    @record(frozen=True, slots=True)
    class Top(Above):
        w: int = 4

    assert repr(Top(1)).endswith("Top(x=1, y=0, z=3, w=4)")
    assert slots_of(Top) == ("w",)
    with pytest.raises(TypeError, match="cannot inherit non-frozen dataclass from a frozen one"):
        dataclass(type("Wrong", (Point,), {}))


def test_abstract_classes() -> None:
    @record(frozen=True, slots=True)
    class Shape(abc.ABC):
        name: str

        @abc.abstractmethod
        def area(self) -> float: ...

    @record(frozen=True, slots=True)
    class Square(Shape):
        side: float

        def area(self) -> float:
            return self.side**2

    assert Square("a", 2.0).area() == 4.0
    with pytest.raises(TypeError, match="abstract"):
        Shape("a")  # type: ignore[abstract]


def test_what_the_class_defines_itself_is_kept() -> None:
    @record(frozen=True, slots=True)
    class Own:
        x: int

        __match_args__ = ()

        def __post_init__(self) -> None:
            object.__setattr__(self, "x", self.x + 1)

        def __eq__(self, other: object) -> bool:
            return True

        def __repr__(self) -> str:
            return "own"

        def __getstate__(self) -> object:
            return [self.x * 10]

    assert Own(1).x == 2
    assert Own(1) == Own(2)
    assert repr(Own(1)) == "own"
    assert hash(Own(1)) == hash(Own(1)) != hash(Own(2))  # of the fields, since only __eq__ is its own
    assert copy.copy(Own(1)).x == 20
    assert Own.__match_args__ == ()


def test_a_hash_of_its_own() -> None:
    @record(slots=True)
    class Own:
        x: int

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 7

    assert hash(Own(1)) == 7


def test_without_eq_and_repr() -> None:
    @record(frozen=True, slots=True, eq=False, repr=False)
    class Bare:
        x: int

    assert Bare(1) != Bare(1)
    one = Bare(1)
    assert repr(one) == object.__repr__(one)
    assert hash(one) == object.__hash__(one)


def test_a_set_name_hook_and_subclass_hook_see_the_final_class() -> None:
    made: list[type] = []

    class Base:
        __slots__ = ()

        def __init_subclass__(cls) -> None:
            made.append(cls)

    @record(frozen=True, slots=True)
    class Derived(Base):
        x: int = 0

    assert made[-1] is Derived
    assert Derived.__qualname__ == made[0].__qualname__
    assert Derived.__module__ == __name__
    Derived()
    assert len(made) == 2  # writing its methods makes no more subclasses


# --- what is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize("annotation", ["InitVar[int]", "dataclasses.InitVar[int]", "KW_ONLY"])
def test_annotations_that_are_refused(annotation: str) -> None:
    with pytest.raises(TypeError, match="a record has no"):
        records._record(slots=True)(type("Wrong", (), {"__annotations__": {"x": annotation}}))


@pytest.mark.parametrize("frozen", [False, True])
def test_frozen_and_not_do_not_mix(frozen: bool) -> None:
    base = Counter if frozen else Point
    with pytest.raises(TypeError, match=f"Wrong and its base {base.__name__} must both be frozen, or neither"):
        records._record(slots=True, frozen=frozen)(type("Wrong", (base,), {}))


# --- compared with dataclasses ----------------------------------------------------------------------------

NAMES = ["a", "b", "c", "d"]


@dataclasses.dataclass(frozen=True)
class Plan:
    """A field of a class: what stands behind its annotation."""

    name: str
    default: int | None
    by_factory: bool
    options: dict[str, bool]

    def made(self) -> object:
        given: dict[str, Any] = dict(self.options)
        if self.default is not None:
            given |= {"default_factory": partial(int, self.default)} if self.by_factory else {"default": self.default}
        said: object = field(**given) if given else dataclasses.MISSING
        return said


@st.composite
def plans(draw: st.DrawFn) -> list[list[Plan]]:
    """The fields of some classes that inherit from each other; in each, those with defaults are last."""
    options = st.dictionaries(st.sampled_from(["repr", "compare", "init", "kw_only"]), st.booleans())
    one = st.builds(Plan, st.sampled_from(NAMES), st.none() | st.integers(0, 3), st.booleans(), options)
    level = st.lists(one, max_size=4, unique_by=lambda each: each.name)
    levels = draw(st.lists(level, min_size=1, max_size=3))
    return [sorted(each, key=lambda plan: plan.default is not None) for each in levels]


def build(decorate: Callable[..., Any], levels: list[list[Plan]], **options: bool) -> type:
    kind: type = object
    for level in levels:
        own = {each.name: each.made() for each in level}
        namespace: dict[str, object] = {name: said for name, said in own.items() if said is not dataclasses.MISSING}
        namespace |= {
            "__annotations__": {each.name: "int" for each in level},
            "__qualname__": "Kind",
            "__module__": __name__,
            "__doc__": "A kind.",
        }
        kind = decorate(slots=True, **options)(type("Kind", (kind,), namespace))
    return kind


def outcome(action: Callable[[], object]) -> tuple[object, ...]:
    """What comes of it, comparable between a record and a dataclass."""
    try:
        return ("value", action())
    except (AttributeError, TypeError, ValueError) as error:
        return (type(error), str(error))


def made_of(kind: Callable[..., Any], values: list[int]) -> Any:
    """An instance, with a value for each parameter."""
    parameters = inspect.signature(kind).parameters.values()
    given = dict(zip(parameters, values, strict=False))
    by_name = {each.name: value for each, value in given.items() if each.kind is each.KEYWORD_ONLY}
    return kind(*[value for each, value in given.items() if each.kind is not each.KEYWORD_ONLY], **by_name)


VALUES = st.lists(st.integers(0, 1), min_size=12, max_size=12)
ANY_ARGUMENTS = st.tuples(
    st.lists(st.integers(0, 2), max_size=4), st.dictionaries(st.sampled_from(NAMES), st.integers(0, 2))
)


@settings(max_examples=60)
@given(
    plans(),
    st.fixed_dictionaries({name: st.booleans() for name in ("frozen", "eq", "repr", "kw_only")}),
    VALUES,
    VALUES,
    ANY_ARGUMENTS,
)
def test_as_dataclasses(
    levels: list[list[Plan]],
    options: dict[str, bool],
    first: list[int],
    second: list[int],
    others: tuple[list[int], dict[str, int]],
) -> None:
    try:
        theirs = build(dataclass, levels, **options)
    except TypeError as error:
        assert "non-default argument" in str(error)  # noqa: PT017 - what hypothesis made is no class
        return
    ours = build(records._record, levels, **options)
    seen: list[list[object]] = []
    for kind in (theirs, ours):
        tried = outcome(partial(kind, *others[0], **others[1]))
        said: list[object] = ["made" if tried[0] == "value" else tried]
        one, two = (made_of(kind, values) for values in (first, second))
        said += [inspect.signature(kind), kind.__match_args__, kind.__slots__, kind.__hash__ is None]  # type: ignore[attr-defined]
        said += [[(each.name, each.type, each.kw_only) for each in fields(kind)]]
        said += observed(one, two, options)
        seen.append(said)
    assert str(seen[0]) == str(seen[1])


def observed(one: Any, two: Any, options: dict[str, bool]) -> list[object]:
    """What can be seen of two instances of one class."""
    said: list[object] = [outcome(lambda: one == two), outcome(lambda: dataclasses.asdict(one))]
    said += [outcome(partial(getattr, one, name)) for name in NAMES]
    known = [each.name for each in fields(one)]  # of others dataclasses say only that they cannot say what is wrong
    said += [outcome(partial(setattr, one, name, 1)) for name in known]
    said += [outcome(lambda: dataclasses.asdict(copy.copy(one)))]
    said += [outcome(lambda: dataclasses.asdict(dataclasses.replace(one)))]
    said += [outcome(lambda: repr(one))] if options["repr"] else []
    said += [outcome(lambda: hash(one))] if options["eq"] else []
    said += [outcome(partial(delattr, one, name)) for name in known]
    return said
