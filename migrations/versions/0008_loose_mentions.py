"""An index of the mentions that discovery has not seen

Revision ID: 0008
Revises: 0007
Create Date: 2026-11-22 13:45:00

"""
from alembic import op
import sqlalchemy as sa


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade():
    op.create_index(
        'ix_mention_loose', 'mention', ['revision', 'id'],
        sqlite_where=sa.text('topic_id IS NULL AND considered IS 0'),
        postgresql_where=sa.text('topic_id IS NULL AND considered IS false'),
    )


def downgrade():
    op.drop_index('ix_mention_loose', table_name='mention')
