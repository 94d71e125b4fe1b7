"""topics of small talk

Revision ID: 0017
Revises: 0016
Create Date: 2026-11-23 05:45:00

"""
from alembic import op
import sqlalchemy as sa


revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('topic', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_talk', sa.Boolean(), server_default=sa.false(), nullable=False, comment='its mentions share a tone and no matter: it takes what no other does'))


def downgrade():
    with op.batch_alter_table('topic', schema=None) as batch_op:
        batch_op.drop_column('is_talk')
