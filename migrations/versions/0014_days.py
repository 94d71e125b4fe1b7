"""days: what was said on one day as columns, and which days changed since

The triggers that note changes are laid by env.py, after each migration.

Revision ID: 0014
Revises: 0013
Create Date: 2026-11-22 20:00:00

"""
from alembic import op
import sqlalchemy as sa


revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('said_day',
    sa.Column('day', sa.Date(), nullable=False, comment='in UTC'),
    sa.Column('built_by', sa.String(length=32), nullable=False, comment='who builds it, or built it'),
    sa.Column('layout', sa.Integer(), nullable=False, comment='of the content, as mining/stretch.py numbers it'),
    sa.Column('is_compared', sa.Boolean(), nullable=False, comment='it is known of all texts which nearly repeat others'),
    sa.Column('content', sa.LargeBinary(), nullable=True, comment='none while it is being built'),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_said_day'))
    )
    op.create_table('changed_day',
    sa.Column('day', sa.Date(), nullable=False, comment='in UTC'),
    sa.Column('written_in', sa.BigInteger(), autoincrement=False, nullable=False, comment='transaction, so that writers do not wait for another'),
    sa.PrimaryKeyConstraint('day', 'written_in', name=op.f('pk_changed_day'))
    )


def downgrade():
    op.drop_table('changed_day')
    op.drop_table('said_day')
