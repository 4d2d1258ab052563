"""Named arrays and numbers that kernels take as one pointer.

A named tuple of twenty arrays reaches a compiled function as two hundred arguments, at each call:
that costs minutes to compile. A record reaches it as one.
"""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar, TypeVar, cast

import numpy as np
from numba import typeof, types
from numba.core import cgutils
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    lower_getattr_generic,
    models,
    register_model,
    typeof_impl,
    unbox,
)

Fields = TypeVar("Fields", bound=tuple[Any, ...])

_WORD = 8  # bytes

# numba does not say of what types these are
_code: Any = cgutils
_native: Any = NativeValue
_unboxes: Any = unbox
_lowers: Any = lower_getattr_generic
_Tuple: Any = types.BaseTuple


class Record:
    """The fields of a named tuple, for Python by name and for kernels by address.

    Parameters
    ----------
    fields
        A named tuple of arrays, numbers, truth values, and named tuples of such.

    Examples
    --------
    >>> from typing import NamedTuple
    >>> Point = NamedTuple("Point", [("at", np.ndarray), ("weight", float)])
    >>> Record(Point(np.array([1.0, 2.0]), 0.5)).weight
    0.5
    """

    def __init__(self, fields: Any) -> None:
        self._fields = fields
        self.numba_type = RecordType(type(fields).__name__, fields._fields, map(typeof, fields))
        self._words = np.array([w for field in fields for w in _words(field)], dtype=np.int64)
        self.address = int(self._words.ctypes.data)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # while it is being copied there are no fields yet
            raise AttributeError(name)
        return getattr(self._fields, name)

    @property
    def fields(self) -> Any:
        """The named tuple."""
        return self._fields


def as_record(fields: Fields) -> Fields:
    """Return the record of a named tuple; to type checkers it is still the tuple.

    Parameters
    ----------
    fields
        A named tuple, as `Record` takes it.
    """
    return cast(Fields, Record(fields))


def fields_of(record: Fields) -> Fields:
    """Return the named tuple of what `as_record` made."""
    return cast(Fields, cast(Any, record).fields)


def _words(field: Any) -> list[int]:
    """Return a field as words of 8 bytes, as `_load` reads them."""
    if isinstance(field, np.ndarray):
        sizes = [field.size, field.itemsize, field.ctypes.data]
        return [*sizes, *field.shape, *field.strides]
    if isinstance(field, tuple):
        return [word for part in field for word in _words(part)]
    if isinstance(field, float):
        return [int(np.float64(field).view(np.int64))]
    return [int(field)]


def _num_words(kind: Any) -> int:
    if isinstance(kind, types.Array):
        return 3 + 2 * int(kind.ndim)
    if isinstance(kind, _Tuple):
        return sum(_num_words(part) for part in kind.types)
    return 1


class RecordType(types.Type):
    """What a kernel is compiled for.

    Parameters
    ----------
    name
        Name of the named tuple.
    names, kinds
        Names of its fields, and numba's types of them.
    """

    def __init__(self, name: str, names: Any, kinds: Any) -> None:
        self.names, self.kinds = tuple(names), tuple(kinds)
        told = hashlib.sha1(repr((self.names, self.kinds)).encode()).hexdigest()[:12]
        super().__init__(name=f"{name}.{told}")  # in the names of all functions: a short one

    def kind_of(self, name: str) -> Any:
        """Return the type of a field; None if there is none."""
        return self.kinds[self.names.index(name)] if name in self.names else None

    def place_of(self, name: str) -> int:
        """Return the number of words before a field."""
        return sum(_num_words(kind) for kind in self.kinds[: self.names.index(name)])


register_model(RecordType)(models.OpaqueModel)


@typeof_impl.register(Record)
def _typeof_record(record: Record, context: Any) -> RecordType:
    return record.numba_type


@_unboxes(RecordType)
def _unbox_record(kind: RecordType, record: Any, c: Any) -> Any:
    address = c.pyapi.object_getattr_string(record, "address")
    pointer = c.pyapi.long_as_voidptr(address)
    c.pyapi.decref(address)
    return _native(pointer, is_error=c.pyapi.c_api_error())


@infer_getattr
class _RecordAttribute(AttributeTemplate):
    key: ClassVar[Any] = RecordType

    def generic_resolve(  # type: ignore[override]  # numba leaves it open what that is
        self, kind: RecordType, name: str
    ) -> Any:
        return kind.kind_of(name)


@_lowers(RecordType)
def _lower_field(context: Any, builder: Any, kind: RecordType, value: Any, name: str) -> Any:
    return _load(context, builder, kind.kind_of(name), value, kind.place_of(name))


def _load(context: Any, builder: Any, kind: Any, value: Any, place: int) -> Any:
    """Return the code that reads a field from its first word on."""

    def word(number: int, what: Any) -> Any:
        pointer = _code.gep_inbounds(builder, value, _WORD * (place + number))  # in bytes
        loaded = builder.load(builder.bitcast(pointer, what.as_pointer()))
        loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
        return loaded

    whole = context.get_value_type(types.intp)
    if isinstance(kind, types.Array):
        array = context.make_array(kind)(context, builder)
        array.meminfo = _code.get_null_value(array.meminfo.type)
        array.parent = _code.get_null_value(array.parent.type)
        array.nitems, array.itemsize = word(0, whole), word(1, whole)
        array.data = word(2, array.data.type)
        sizes = [word(3 + number, whole) for number in range(2 * kind.ndim)]
        array.shape = _code.pack_array(builder, sizes[: kind.ndim])
        array.strides = _code.pack_array(builder, sizes[kind.ndim :])
        return array._getvalue()
    if isinstance(kind, _Tuple):
        parts = []
        for part in kind.types:
            parts.append(_load(context, builder, part, value, place))
            place += _num_words(part)
        return context.make_tuple(builder, kind, parts)
    if isinstance(kind, types.Boolean):
        return builder.icmp_signed("!=", word(0, whole), whole(0))
    return word(0, context.get_value_type(kind))
