"""overview: what the first page of insights shows, loyalty day by day, and how searches ended

Revision ID: 0012
Revises: 0011
Create Date: 2026-11-22 16:20:00

"""
from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql


revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('overview',
    sa.Column('days', sa.Integer(), autoincrement=False, nullable=False, comment='length of the period'),
    sa.Column('product', sa.String(length=80), nullable=False, comment='slug; empty: all of them'),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('computed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('content', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.PrimaryKeyConstraint('days', 'product', name=op.f('pk_overview'))
    )
    op.create_table('loyalty_day',
    sa.Column('day', sa.Date(), nullable=False, comment='in UTC'),
    sa.Column('content', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False, comment="product's slug, or empty for all -> customers, sum, sum of squares, customers by level"),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_loyalty_day'))
    )
    op.create_table('search_day',
    sa.Column('day', sa.Date(), nullable=False, comment='in UTC'),
    sa.Column('people', sa.Integer(), nullable=False, comment='who searched'),
    sa.Column('searches', sa.Integer(), nullable=False),
    sa.Column('solved', sa.Integer(), nullable=False, comment='searches that a solved question was opened from'),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_search_day'))
    )


def downgrade():
    op.drop_table('search_day')
    op.drop_table('loyalty_day')
    op.drop_table('overview')
