"""departments: whose a theme is, by when, why, and where its ticket stands

Revision ID: 0009
Revises: 0008
Create Date: 2026-11-22 16:00:00

"""
from alembic import op
import sqlalchemy as sa


revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('theme') as batch_op:
        batch_op.add_column(sa.Column('department', sa.String(length=12), nullable=True, comment='whose it is, by a rule until a person says'))
        batch_op.add_column(sa.Column('is_routed_by_person', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('due_on', sa.Date(), nullable=True, comment='by when its department means to have acted'))
        batch_op.add_column(sa.Column('note', sa.Text(), nullable=True, comment="the company's own words: what was decided, and why"))
        batch_op.add_column(sa.Column('tracker_url', sa.String(length=500), nullable=True, comment='http or https: its ticket outside'))
    with op.batch_alter_table('theme') as batch_op:
        batch_op.alter_column('is_routed_by_person', server_default=None)


def downgrade():
    with op.batch_alter_table('theme') as batch_op:
        for name in ('tracker_url', 'note', 'due_on', 'is_routed_by_person', 'department'):
            batch_op.drop_column(name)
