"""outcomes: routing rules, what became of a theme, who hears of it, and where the forum says so

Revision ID: 0010
Revises: 0009
Create Date: 2026-11-22 16:30:00

"""
from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql


revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql')


def upgrade():
    op.create_table('routing_rule',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False, comment='the lowest is asked first'),
    sa.Column('words', JSON, nullable=False, comment='one of them in name or keywords, in any language'),
    sa.Column('product_id', sa.Integer(), nullable=True),
    sa.Column('intent', sa.String(length=10), nullable=True, comment='problem, suggestion, praise or question'),
    sa.Column('channel', sa.String(length=20), nullable=True),
    sa.Column('department', sa.String(length=12), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_routing_rule_product_id_product'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_routing_rule'))
    )
    op.create_index('ix_routing_rule_product_id', 'routing_rule', ['product_id'])
    op.create_table('outcome',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('theme_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('is_done', sa.Boolean(), nullable=False, comment='false: it was decided not to do it'),
    sa.Column('title', sa.String(length=160), nullable=False),
    sa.Column('title_zh', sa.String(length=160), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('body_zh', sa.Text(), nullable=False),
    sa.Column('done_on', sa.Date(), nullable=False, comment='in UTC: what was said before is compared with what was said since'),
    sa.Column('written_by_id', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True, comment='the first time'),
    sa.Column('counted', JSON, nullable=True, comment='who was to hear then, by way; who not, and why'),
    sa.Column('effect', JSON, nullable=True, comment='what it changed, as the worker measured last'),
    sa.Column('measured_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('draft', 'published', 'withdrawn')", name=op.f('ck_outcome_state')),
    sa.ForeignKeyConstraint(['theme_id'], ['theme.id'], name=op.f('fk_outcome_theme_id_theme'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['written_by_id'], ['account.id'], name=op.f('fk_outcome_written_by_id_account'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outcome'))
    )
    op.create_index('ix_outcome_theme_id', 'outcome', ['theme_id'])
    op.create_index('ix_outcome_public', 'outcome', ['state', 'published_at', 'id'])
    op.create_index(
        'uq_outcome_one_draft', 'outcome', ['theme_id'], unique=True,
        sqlite_where=sa.text("state = 'draft'"), postgresql_where=sa.text("state = 'draft'"),
    )
    op.create_table('telling',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('outcome_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('way', sa.String(length=6), nullable=False, comment='forum or case: where they spoke of it last'),
    sa.Column('complaint_id', sa.Integer(), nullable=True),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('left_out', sa.String(length=12), nullable=True, comment='why they did not hear, if that came up since'),
    sa.ForeignKeyConstraint(['complaint_id'], ['complaint.id'], name=op.f('fk_telling_complaint_id_complaint'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_telling_customer_id_customer'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['outcome_id'], ['outcome.id'], name=op.f('fk_telling_outcome_id_outcome'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_telling')),
    sa.UniqueConstraint('outcome_id', 'customer_id', name=op.f('uq_telling_outcome_id_customer_id'))
    )
    op.create_index('ix_telling_customer_id', 'telling', ['customer_id'])
    op.create_index('ix_telling_complaint_id', 'telling', ['complaint_id'])
    waiting = sa.text('told_at IS NULL AND left_out IS NULL')
    op.create_index(
        'ix_telling_waiting', 'telling', ['outcome_id', 'id'], sqlite_where=waiting, postgresql_where=waiting
    )
    op.create_table('outcome_note',
    sa.Column('question_id', sa.Integer(), nullable=False),
    sa.Column('outcome_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['outcome_id'], ['outcome.id'], name=op.f('fk_outcome_note_outcome_id_outcome'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['question_id'], ['post.id'], name=op.f('fk_outcome_note_question_id_post'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('question_id', 'outcome_id', name=op.f('pk_outcome_note'))
    )
    op.create_index('ix_outcome_note_outcome_id', 'outcome_note', ['outcome_id'])
    with op.batch_alter_table('customer') as batch_op:
        batch_op.add_column(sa.Column('hears_outcomes', sa.Boolean(), nullable=False, server_default=sa.true(), comment='false: wants no mail about what became of what they said'))
    with op.batch_alter_table('customer') as batch_op:
        batch_op.alter_column('hears_outcomes', server_default=None)
    with op.batch_alter_table('notification') as batch_op:
        batch_op.add_column(sa.Column('outcome_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key('fk_notification_outcome_id_outcome', 'outcome', ['outcome_id'], ['id'], ondelete='CASCADE')
        batch_op.create_unique_constraint('uq_notification_account_id_outcome_id', ['account_id', 'outcome_id'])
        batch_op.create_index('ix_notification_outcome_id', ['outcome_id'])


def downgrade():
    op.execute("DELETE FROM notification WHERE kind = 'outcome'")
    with op.batch_alter_table('notification') as batch_op:
        batch_op.drop_index('ix_notification_outcome_id')
        batch_op.drop_constraint('uq_notification_account_id_outcome_id', type_='unique')
        batch_op.drop_constraint('fk_notification_outcome_id_outcome', type_='foreignkey')
        batch_op.drop_column('outcome_id')
    with op.batch_alter_table('customer') as batch_op:
        batch_op.drop_column('hears_outcomes')
    for name in ('outcome_note', 'telling', 'outcome', 'routing_rule'):
        op.drop_table(name)
