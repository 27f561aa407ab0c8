"""Read Parquet and Feather files, some rows at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from uploader.core.errors import TableError
from uploader.spreadsheet.data.values import single_precision_text, value_text


class ArrowFile:
    """A Parquet or Feather file.

    Args:
        path: The file.
        is_parquet: Whether it is Parquet; otherwise Feather.

    Attributes:
        columns: The names of the columns; an index that pandas has stored is left out.

    Raises:
        TableError: It is damaged or encrypted.
    """

    def __init__(self, path: Path, *, is_parquet: bool) -> None:
        self._path = path
        self._is_parquet = is_parquet
        with self._damage_reported():
            schema = pq.read_schema(path) if is_parquet else self._feather_schema()
            indexes = _stored_indexes(schema)
            self._places = [place for place, name in enumerate(schema.names) if name not in indexes]
        self.columns = tuple(schema.names[place] for place in self._places)

    def blocks(self, size: int) -> Iterator[list[list[str]]]:
        """Yield all rows, up to `size` at a time. Raises TableError."""
        with self._damage_reported():
            for batch in self._batches(size):
                for begin in range(0, batch.num_rows, size):
                    part = batch.slice(begin, size)
                    columns = [_texts(part.column(place)) for place in self._places]
                    yield list(map(list, zip(*columns, strict=True)))

    def _batches(self, size: int) -> Iterator[pa.RecordBatch]:
        if self._is_parquet:
            with pq.ParquetFile(self._path, buffer_size=1 << 16, pre_buffer=False) as file:
                yield from file.iter_batches(size, use_threads=False)
            return
        with pa.memory_map(str(self._path)) as source, pa.ipc.open_file(source) as reader:
            for number in range(reader.num_record_batches):
                yield reader.get_batch(number)

    def _feather_schema(self) -> pa.Schema:
        with pa.memory_map(str(self._path)) as source, pa.ipc.open_file(source) as reader:
            return reader.schema

    @contextmanager
    def _damage_reported(self) -> Iterator[None]:
        try:
            yield
        except (pa.ArrowException, OSError, ValueError, OverflowError):  # what the library says would not help the user
            raise TableError(f"{self._path.name} is damaged or encrypted.", "Save it again, or export CSV.") from None


def _stored_indexes(schema: pa.Schema) -> set[str]:
    """Return the names under which pandas has stored an index without a name."""
    indexes = (schema.pandas_metadata or {}).get("index_columns", [])
    return {name for name in indexes if isinstance(name, str) and name.startswith("__index_level_")}


def _texts(column: pa.Array) -> list[str]:
    if pa.types.is_timestamp(column.type):  # Python has no nanoseconds; those of the last microsecond are dropped
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    if pa.types.is_duration(column.type):
        column = column.cast(pa.duration("us"), safe=False)
    if pa.types.is_float32(column.type) or pa.types.is_float16(column.type):
        return list(map(single_precision_text, column.to_pylist()))
    return list(map(value_text, column.to_pylist()))
