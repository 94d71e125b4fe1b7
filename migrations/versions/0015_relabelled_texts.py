"""what the model reads a text as, where people decided about its parts; topics that have gone quiet

Revision ID: 0015
Revises: 0014
Create Date: 2026-11-22 19:40:00

"""
from alembic import op
import sqlalchemy as sa


revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('topic', schema=None) as batch_op:
        batch_op.add_column(sa.Column('quiet_since', sa.DateTime(timezone=True), nullable=True, comment='when anybody last spoke of it, more than a year ago: it keeps its members and takes no new ones'))
        batch_op.alter_column('archived_at', existing_type=sa.DateTime(timezone=True), existing_nullable=True, comment='a person undid the split that made it: it has no members')

    with op.batch_alter_table('verdict', schema=None) as batch_op:
        batch_op.add_column(sa.Column('reading', sa.JSON(), nullable=True, comment='what the model reads the whole text as, once the parts decide instead'))


def downgrade():
    with op.batch_alter_table('verdict', schema=None) as batch_op:
        batch_op.drop_column('reading')

    with op.batch_alter_table('topic', schema=None) as batch_op:
        batch_op.alter_column('archived_at', existing_type=sa.DateTime(timezone=True), existing_nullable=True, comment=None, existing_comment='a person undid the split that made it: it has no members')
        batch_op.drop_column('quiet_since')
