"""The first form of the store.

Types are written out here rather than taken from the program, since a migration must mean the
same forever.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "cases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_utc", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.UniqueConstraint("name", name="uq_cases_name"),
    )
    op.create_table(
        "slides",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rules_name", sa.String(), nullable=False),
        sa.Column("rules_sha256", sa.String(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("stain_name", sa.String(), nullable=False),
        sa.Column("stain_sha256", sa.String(), nullable=False),
        sa.Column("stain", sa.JSON(), nullable=False),
        sa.Column("thresholds_od", sa.JSON(), nullable=False),
        sa.Column("provenance", sa.JSON(), nullable=False),
        sa.Column("created_utc", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_slides_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_slides"),
        sa.UniqueConstraint("case_id", "name", name="uq_slides_case_id_name"),
    )
    op.create_table(
        "fields",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slide_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("image_sha256", sa.String(), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("um_per_px", sa.Double(), nullable=False),
        sa.Column("objective", sa.String(), nullable=False),
        sa.Column("white", sa.JSON(), nullable=False),
        sa.Column("white_origin", sa.String(), nullable=False),
        sa.Column("taken_utc", sa.DateTime(), nullable=False),
        sa.Column("saved_utc", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["slide_id"], ["slides.id"], name="fk_fields_slide_id"),
        sa.PrimaryKeyConstraint("id", name="pk_fields"),
        sa.UniqueConstraint("slide_id", "number", name="uq_fields_slide_id_number"),
    )
    op.create_index("ix_fields_image_sha256", "fields", ["image_sha256"], unique=False)
    op.create_table(
        "slide_states",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slide_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("pathologist_score", sa.String(), nullable=True),
        sa.Column("pathologist_comment", sa.String(), nullable=False),
        sa.Column("proposal", sa.JSON(), nullable=True),
        sa.Column("saved_utc", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["slide_id"], ["slides.id"], name="fk_slide_states_slide_id"),
        sa.PrimaryKeyConstraint("id", name="pk_slide_states"),
        sa.UniqueConstraint("slide_id", "number", name="uq_slide_states_slide_id_number"),
    )
    op.create_table(
        "steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slide_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("saved_utc", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["slide_id"], ["slides.id"], name="fk_steps_slide_id"),
        sa.PrimaryKeyConstraint("id", name="pk_steps"),
        sa.UniqueConstraint("slide_id", "number", name="uq_steps_slide_id_number"),
    )
    op.create_table(
        "results",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("field_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("detector", sa.String(), nullable=False),
        sa.Column("thresholds_od", sa.JSON(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("provenance", sa.JSON(), nullable=False),
        sa.Column("n_detected", sa.Integer(), nullable=False),
        sa.Column("ic", sa.Integer(), nullable=False),
        sa.Column("ii", sa.Integer(), nullable=False),
        sa.Column("wc", sa.Integer(), nullable=False),
        sa.Column("wi", sa.Integer(), nullable=False),
        sa.Column("ns", sa.Integer(), nullable=False),
        sa.Column("cells", sa.LargeBinary(), nullable=False),
        sa.Column("saved_utc", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["field_id"], ["fields.id"], name="fk_results_field_id"),
        sa.PrimaryKeyConstraint("id", name="pk_results"),
        sa.UniqueConstraint("field_id", "number", name="uq_results_field_id_number"),
    )
    op.create_table(
        "regions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("exterior", sa.JSON(), nullable=False),
        sa.Column("holes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["result_id"], ["results.id"], name="fk_regions_result_id"),
        sa.PrimaryKeyConstraint("id", name="pk_regions"),
        sa.UniqueConstraint("result_id", "number", name="uq_regions_result_id_number"),
    )
