"""issued reports: kinds, the places of quotes, orders, subscriptions; alerts of new themes and of leaving

Revision ID: 0011
Revises: 0010
Create Date: 2026-11-22 16:20:00

"""
from alembic import op
import sqlalchemy as sa


revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

OPEN = sa.text('ended_at IS NULL')


def upgrade():
    reports()
    orders()
    subscriptions()
    alerts()
    with op.batch_alter_table('notification') as batch_op:
        batch_op.add_column(sa.Column('report_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_notification_report_id'), ['report_id'])
        batch_op.create_unique_constraint(batch_op.f('uq_notification_account_id_report_id'), ['account_id', 'report_id'])
        batch_op.create_foreign_key(batch_op.f('fk_notification_report_id_report'), 'report', ['report_id'], ['id'], ondelete='CASCADE')


def reports():
    with op.batch_alter_table('report') as batch_op:
        batch_op.add_column(sa.Column('kind', sa.String(length=8), nullable=False, server_default='rolling'))
        batch_op.add_column(sa.Column('key', sa.String(length=60), nullable=True, comment='of an issued one: issued once each'))
        batch_op.add_column(sa.Column('product_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('department', sa.String(length=12), nullable=True, comment='whose themes alone it shows'))
        batch_op.add_column(sa.Column('days', sa.Integer(), nullable=False, server_default='30'))
        batch_op.create_unique_constraint(batch_op.f('uq_report_key'), ['key'])
        batch_op.create_index(batch_op.f('ix_report_product_id'), ['product_id'])
        batch_op.create_index('ix_report_kind_ends_at', ['kind', 'ends_at'])
        batch_op.create_foreign_key(batch_op.f('fk_report_product_id_product'), 'product', ['product_id'], ['id'], ondelete='SET NULL')
    report = sa.table('report', sa.column('id'), sa.column('days'), sa.column('starts_at', sa.DateTime()), sa.column('ends_at', sa.DateTime()))
    bind = op.get_bind()
    for row in bind.execute(sa.select(report.c.id, report.c.starts_at, report.c.ends_at)).all():
        days = round((row.ends_at - row.starts_at).total_seconds() / 86400)
        bind.execute(sa.update(report).where(report.c.id == row.id).values(days=days))
    with op.batch_alter_table('report') as batch_op:
        batch_op.alter_column('kind', server_default=None)
        batch_op.alter_column('days', server_default=None)
    op.create_table('report_quote',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('report_id', sa.Integer(), nullable=False),
    sa.Column('mention', sa.Integer(), nullable=False, comment='its number in the content; the mention itself may be mined anew'),
    sa.Column('verbatim_id', sa.Integer(), nullable=False),
    sa.Column('text_hash', sa.String(length=32), nullable=False),
    sa.Column('start', sa.Integer(), nullable=False),
    sa.Column('end', sa.Integer(), nullable=False),
    sa.Column('sentiment', sa.String(length=8), nullable=False),
    sa.Column('score', sa.Float(), nullable=False),
    sa.Column('intent', sa.String(length=10), nullable=False),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_report_quote_report_id_report'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['verbatim_id'], ['verbatim.id'], name=op.f('fk_report_quote_verbatim_id_verbatim'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_quote')),
    sa.UniqueConstraint('report_id', 'mention', name=op.f('uq_report_quote_report_id_mention'))
    )
    with op.batch_alter_table('report_quote') as batch_op:
        batch_op.create_index(batch_op.f('ix_report_quote_verbatim_id'), ['verbatim_id'])


def orders():
    op.create_table('report_order',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False, comment='the last that belongs to it'),
    sa.Column('product_id', sa.Integer(), nullable=True),
    sa.Column('department', sa.String(length=12), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True, comment='a worker makes it; if it dies another begins anew'),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False, comment='how many of its steps are done'),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error', sa.String(length=40), nullable=True, comment='why there is no report: a word that pages explain'),
    sa.Column('report_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('last_day >= first_day', name=op.f('ck_report_order_in_order')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_report_order_account_id_account'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_report_order_product_id_product'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_report_order_report_id_report'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_order'))
    )
    with op.batch_alter_table('report_order') as batch_op:
        batch_op.create_index(batch_op.f('ix_report_order_account_id'), ['account_id'])
        batch_op.create_index(batch_op.f('ix_report_order_asked_at'), ['asked_at'])
        batch_op.create_index(batch_op.f('ix_report_order_report_id'), ['report_id'])


def subscriptions():
    op.create_table('subscription',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('what', sa.String(length=8), nullable=False),
    sa.Column('key', sa.String(length=60), nullable=False, comment='what and of what, so that there is one of each'),
    sa.Column('department', sa.String(length=12), nullable=True),
    sa.Column('product_id', sa.Integer(), nullable=True),
    sa.Column('theme_id', sa.Integer(), nullable=True),
    sa.Column('is_refused', sa.Boolean(), nullable=False, comment='managers get all alerts unless they say no: no'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_subscription_account_id_account'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_subscription_product_id_product'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['theme_id'], ['theme.id'], name=op.f('fk_subscription_theme_id_theme'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscription')),
    sa.UniqueConstraint('account_id', 'key', name=op.f('uq_subscription_account_id_key'))
    )
    with op.batch_alter_table('subscription') as batch_op:
        batch_op.create_index(batch_op.f('ix_subscription_what'), ['what'])
        batch_op.create_index(batch_op.f('ix_subscription_product_id'), ['product_id'])
        batch_op.create_index(batch_op.f('ix_subscription_theme_id'), ['theme_id'])


def alerts():
    with op.batch_alter_table('alert') as batch_op:
        batch_op.drop_index('uq_alert_one_open', sqlite_where=OPEN, postgresql_where=OPEN)
        batch_op.drop_constraint(batch_op.f('uq_alert_theme_id_day'), type_='unique')
        batch_op.add_column(sa.Column('kind', sa.String(length=8), nullable=False, server_default='more'))
        batch_op.add_column(sa.Column('about', sa.String(length=20), nullable=False, server_default='', comment='theme:7; of leaving product:3, or all'))
        batch_op.add_column(sa.Column('product_id', sa.Integer(), nullable=True))
        batch_op.alter_column('theme_id', existing_type=sa.Integer(), nullable=True)
        batch_op.create_index(batch_op.f('ix_alert_theme_id'), ['theme_id'])
        batch_op.create_index(batch_op.f('ix_alert_product_id'), ['product_id'])
        batch_op.create_foreign_key(batch_op.f('fk_alert_product_id_product'), 'product', ['product_id'], ['id'], ondelete='CASCADE')
    op.execute("UPDATE alert SET about = 'theme:' || theme_id")
    with op.batch_alter_table('alert') as batch_op:
        batch_op.alter_column('kind', server_default=None)
        batch_op.alter_column('about', server_default=None)
        batch_op.create_unique_constraint(batch_op.f('uq_alert_kind_about_day'), ['kind', 'about', 'day'])
        batch_op.create_index('uq_alert_one_open', ['kind', 'about'], unique=True, sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade():
    with op.batch_alter_table('notification') as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_notification_report_id_report'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('uq_notification_account_id_report_id'), type_='unique')
        batch_op.drop_index(batch_op.f('ix_notification_report_id'))
        batch_op.drop_column('report_id')
    op.execute("DELETE FROM alert WHERE kind <> 'more'")
    with op.batch_alter_table('alert') as batch_op:
        batch_op.drop_index('uq_alert_one_open', sqlite_where=OPEN, postgresql_where=OPEN)
        batch_op.drop_constraint(batch_op.f('uq_alert_kind_about_day'), type_='unique')
        batch_op.drop_constraint(batch_op.f('fk_alert_product_id_product'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_alert_product_id'))
        batch_op.drop_index(batch_op.f('ix_alert_theme_id'))
        batch_op.alter_column('theme_id', existing_type=sa.Integer(), nullable=False)
        for name in ('product_id', 'about', 'kind'):
            batch_op.drop_column(name)
    with op.batch_alter_table('alert') as batch_op:
        batch_op.create_unique_constraint(batch_op.f('uq_alert_theme_id_day'), ['theme_id', 'day'])
        batch_op.create_index('uq_alert_one_open', ['theme_id'], unique=True, sqlite_where=OPEN, postgresql_where=OPEN)
    for name in ('subscription', 'report_order', 'report_quote'):
        op.drop_table(name)
    with op.batch_alter_table('report') as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_report_product_id_product'), type_='foreignkey')
        batch_op.drop_index('ix_report_kind_ends_at')
        batch_op.drop_index(batch_op.f('ix_report_product_id'))
        batch_op.drop_constraint(batch_op.f('uq_report_key'), type_='unique')
        for name in ('days', 'department', 'product_id', 'key', 'kind'):
            batch_op.drop_column(name)
