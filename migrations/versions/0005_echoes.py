"""echoes: texts that nearly repeat an earlier one of their day, found once

Revision ID: 0005
Revises: 0004
Create Date: 2026-11-22

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('echo',
    sa.Column('verbatim_id', sa.Integer(), nullable=False),
    sa.Column('leader_id', sa.Integer(), nullable=True, comment='what it repeats; itself, if nothing'),
    sa.Column('text_hash', sa.String(length=32), nullable=False, comment='of the text that was compared'),
    sa.ForeignKeyConstraint(['leader_id'], ['verbatim.id'], name=op.f('fk_echo_leader_id_verbatim'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['verbatim_id'], ['verbatim.id'], name=op.f('fk_echo_verbatim_id_verbatim'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('verbatim_id', name=op.f('pk_echo'))
    )
    with op.batch_alter_table('echo', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_echo_leader_id'), ['leader_id'], unique=False)


def downgrade():
    op.drop_table('echo')
