"""The tables of the case store. Rows are only ever added, never changed nor removed.

A change here needs a new file in ``migrations/versions``; a test holds the two equal.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, ForeignKey, MetaData, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class Utc(TypeDecorator[datetime]):
    """A moment: with a time zone in Python, without one and in UTC in the database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Bring to UTC; SQLite knows no time zones."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Give the time zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """What all tables share; constraints have names, so that a migration can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Utc, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012


class CaseRow(Base):
    """A case of the laboratory."""

    __tablename__ = "cases"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    created_utc: Mapped[datetime]


class SlideRow(Base):
    """A slide as it was when its sitting began."""

    __tablename__ = "slides"
    __table_args__ = (UniqueConstraint("case_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    name: Mapped[str]
    rules_name: Mapped[str]
    rules_sha256: Mapped[str]
    rules: Mapped[dict[str, Any]]
    stain_name: Mapped[str]
    stain_sha256: Mapped[str]
    stain: Mapped[dict[str, Any]]
    thresholds_od: Mapped[dict[str, Any]]
    provenance: Mapped[dict[str, Any]]
    created_utc: Mapped[datetime]


class SlideStateRow(Base):
    """Status, the pathologist's score and comment; the one with the highest number applies."""

    __tablename__ = "slide_states"
    __table_args__ = (UniqueConstraint("slide_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slide_id: Mapped[int] = mapped_column(ForeignKey("slides.id"))
    number: Mapped[int]
    status: Mapped[str]
    pathologist_score: Mapped[str | None]
    pathologist_comment: Mapped[str]
    proposal: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    saved_utc: Mapped[datetime]


class StepRow(Base):
    """A step of the sitting."""

    __tablename__ = "steps"
    __table_args__ = (UniqueConstraint("slide_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slide_id: Mapped[int] = mapped_column(ForeignKey("slides.id"))
    number: Mapped[int]
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    saved_utc: Mapped[datetime]


class FieldRow(Base):
    """A field: its image and how it was taken."""

    __tablename__ = "fields"
    __table_args__ = (UniqueConstraint("slide_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slide_id: Mapped[int] = mapped_column(ForeignKey("slides.id"))
    number: Mapped[int]
    image_sha256: Mapped[str] = mapped_column(index=True)
    width_px: Mapped[int]
    height_px: Mapped[int]
    um_per_px: Mapped[float]
    objective: Mapped[str]
    white: Mapped[list[Any]]
    white_origin: Mapped[str]
    taken_utc: Mapped[datetime]
    saved_utc: Mapped[datetime]


class ResultRow(Base):
    """An analysis of a field; the one with the highest number applies.

    The counts stand beside the cells for questions in SQL: ``ic`` to ``ns`` are the cells that
    count, ``n_detected`` are all.
    """

    __tablename__ = "results"
    __table_args__ = (UniqueConstraint("field_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    field_id: Mapped[int] = mapped_column(ForeignKey("fields.id"))
    number: Mapped[int]
    detector: Mapped[str]
    thresholds_od: Mapped[dict[str, Any]]
    warnings: Mapped[list[Any]]
    provenance: Mapped[dict[str, Any]]
    n_detected: Mapped[int]
    ic: Mapped[int]
    ii: Mapped[int]
    wc: Mapped[int]
    wi: Mapped[int]
    ns: Mapped[int]
    cells: Mapped[bytes]
    saved_utc: Mapped[datetime]


class RegionRow(Base):
    """A region that decided which cells of a result count; ``holes`` is a list of rings."""

    __tablename__ = "regions"
    __table_args__ = (UniqueConstraint("result_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    result_id: Mapped[int] = mapped_column(ForeignKey("results.id"))
    number: Mapped[int]
    kind: Mapped[str]
    reason: Mapped[str]
    exterior: Mapped[list[Any]]
    holes: Mapped[list[Any]]
