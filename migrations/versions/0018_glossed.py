"""names from the glossary

Revision ID: 0018
Revises: 0017
Create Date: 2026-11-23 12:20:00

"""
from alembic import op
import sqlalchemy as sa


revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('theme', schema=None) as batch_op:
        batch_op.add_column(sa.Column('glossed', sa.String(length=2), nullable=True, comment='en or zh: the language in which no customer named it, and the glossary did'))

    with op.batch_alter_table('topic', schema=None) as batch_op:
        batch_op.add_column(sa.Column('glossed', sa.String(length=2), nullable=True, comment='as of a theme'))


def downgrade():
    with op.batch_alter_table('topic', schema=None) as batch_op:
        batch_op.drop_column('glossed')

    with op.batch_alter_table('theme', schema=None) as batch_op:
        batch_op.drop_column('glossed')
