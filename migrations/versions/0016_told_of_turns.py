"""notifications of the company's turns in complaints

Revision ID: 0016
Revises: 0015
Create Date: 2026-11-23 03:35:00

"""
from alembic import op
import sqlalchemy as sa


revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('notification', schema=None) as batch_op:
        batch_op.add_column(sa.Column('message_id', sa.Integer(), nullable=True, comment="the company's turn in a complaint"))
        batch_op.create_index(batch_op.f('ix_notification_message_id'), ['message_id'], unique=False)
        batch_op.create_unique_constraint(batch_op.f('uq_notification_account_id_message_id'), ['account_id', 'message_id'])
        batch_op.create_foreign_key(batch_op.f('fk_notification_message_id_message'), 'message', ['message_id'], ['id'], ondelete='CASCADE')


def downgrade():
    with op.batch_alter_table('notification', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_notification_message_id_message'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('uq_notification_account_id_message_id'), type_='unique')
        batch_op.drop_index(batch_op.f('ix_notification_message_id'))
        batch_op.drop_column('message_id')
