"""corrections: what people corrected as rows that can be undone, verdicts on mentions, what was learned from them

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-22

"""
from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql


# revision identifiers, used by Alembic.
revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql')
OLD_KINDS = {'named': 'rename', 'status': 'status', 'merged': 'merge'}


def upgrade():
    op.create_table('verdict',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('verbatim_id', sa.Integer(), nullable=False),
    sa.Column('text_hash', sa.String(length=32), nullable=False),
    sa.Column('start', sa.Integer(), nullable=False),
    sa.Column('topic_id', sa.Integer(), nullable=True, comment='where a person put it, or said that it belongs'),
    sa.Column('rejected', sa.JSON(none_as_null=True), nullable=True, comment='ids of topics that it is not about'),
    sa.Column('sentiment', sa.String(length=8), nullable=True),
    sa.Column('intent', sa.String(length=10), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False, comment='of the latest decision'),
    sa.ForeignKeyConstraint(['topic_id'], ['topic.id'], name=op.f('fk_verdict_topic_id_topic'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['verbatim_id'], ['verbatim.id'], name=op.f('fk_verdict_verbatim_id_verbatim'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_verdict')),
    sa.UniqueConstraint('verbatim_id', 'text_hash', 'start', name=op.f('uq_verdict_verbatim_id_text_hash_start'))
    )
    op.execute(
        'INSERT INTO verdict (verbatim_id, text_hash, start, sentiment, intent, at)'
        ' SELECT verbatim_id, text_hash, start, sentiment, intent, at FROM correction ORDER BY id'
    )
    relabelled = op.get_bind().execute(sa.text(
        'SELECT correction.by_id, correction.at, correction.sentiment, correction.intent, verdict.id AS verdict_id,'
        ' topic.theme_id FROM correction JOIN verdict ON verdict.verbatim_id = correction.verbatim_id'
        ' AND verdict.text_hash = correction.text_hash AND verdict.start = correction.start'
        ' LEFT JOIN mention ON mention.verbatim_id = correction.verbatim_id AND mention.start = correction.start'
        ' LEFT JOIN topic ON topic.id = mention.topic_id'
    ).columns(at=sa.DateTime(timezone=True))).all()
    changed = op.get_bind().execute(sa.text(
        'SELECT theme_id, by_id, at, change, before, after FROM theme_change ORDER BY id'
    ).columns(at=sa.DateTime(timezone=True))).all()
    op.drop_table('correction')
    with op.batch_alter_table('theme_change', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_theme_change_theme_id'))

    op.drop_table('theme_change')
    correction = op.create_table('correction',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('theme_id', sa.Integer(), nullable=True),
    sa.Column('other_theme_id', sa.Integer(), nullable=True, comment='merged into, split off, or moved to'),
    sa.Column('verdict_id', sa.Integer(), nullable=True),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('told', JSON, nullable=False, comment="names as they were then; never a customer's words"),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undone_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['account.id'], name=op.f('fk_correction_by_id_account'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['other_theme_id'], ['theme.id'], name=op.f('fk_correction_other_theme_id_theme'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['theme_id'], ['theme.id'], name=op.f('fk_correction_theme_id_theme'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['undone_by_id'], ['account.id'], name=op.f('fk_correction_undone_by_id_account'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['verdict_id'], ['verdict.id'], name=op.f('fk_correction_verdict_id_verdict'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_correction'))
    )
    with op.batch_alter_table('correction', schema=None) as batch_op:
        for column in ('theme_id', 'other_theme_id', 'verdict_id', 'by_id'):
            batch_op.create_index(batch_op.f(f'ix_correction_{column}'), [column], unique=False)

    op.create_table('change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('correction_id', sa.Integer(), nullable=False),
    sa.Column('what', sa.String(length=60), nullable=False, comment='table:id:value, as in theme:7:status'),
    sa.Column('before', JSON, nullable=False),
    sa.Column('after', JSON, nullable=False),
    sa.ForeignKeyConstraint(['correction_id'], ['correction.id'], name=op.f('fk_change_correction_id_correction'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_change'))
    )
    with op.batch_alter_table('change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_change_correction_id'), ['correction_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_change_what'), ['what'], unique=False)

    op.create_table('calibration',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('revision', sa.String(length=32), nullable=False, comment='of the model whose probabilities it shifts'),
    sa.Column('language', sa.String(length=8), nullable=False, comment='en, zh or und'),
    sa.Column('head', sa.String(length=10), nullable=False, comment='sentiment or intent'),
    sa.Column('learned_from', sa.String(length=32), nullable=False, comment='hash of the labels it was fitted on'),
    sa.Column('examples', sa.Integer(), nullable=False),
    sa.Column('bias', JSON, nullable=False, comment='added to the log probabilities'),
    sa.Column('before', sa.Float(), nullable=False, comment='share of the examples on which the model agrees with the people'),
    sa.Column('after', sa.Float(), nullable=False, comment='the same with a bias learned from the other examples'),
    sa.Column('fitted_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calibration'))
    )
    op.create_table('explanation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('mention_id', sa.Integer(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sentiment', sa.String(length=8), nullable=True, comment='that the words speak for, as the model reads it'),
    sa.Column('words', JSON, nullable=True, comment='[start in the verbatim, end, weight], strongest first'),
    sa.Column('worked_out_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['mention_id'], ['mention.id'], name=op.f('fk_explanation_mention_id_mention'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_explanation')),
    sa.UniqueConstraint('mention_id', name=op.f('uq_explanation_mention_id'))
    )
    with op.batch_alter_table('explanation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_explanation_worked_out_at'), ['worked_out_at'], unique=False)

    with op.batch_alter_table('theme', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_pinned', sa.Boolean(), nullable=False, server_default=sa.false(), comment='stands on top of its kind in reports'))
        batch_op.add_column(sa.Column('is_ignored', sa.Boolean(), nullable=False, server_default=sa.false(), comment='in no report and no alert, but still there'))

    # What was decided before is told, without the values that undoing would need.
    told = [
        dict(kind=OLD_KINDS[row.change], theme_id=row.theme_id, verdict_id=None, by_id=row.by_id, at=row.at,
             told={'before': row.before, 'after': row.after})
        for row in changed if row.change in OLD_KINDS
    ] + [
        dict(kind='relabel', theme_id=row.theme_id, verdict_id=row.verdict_id, by_id=row.by_id, at=row.at,
             told={name: value for name, value in (('sentiment', row.sentiment), ('intent', row.intent)) if value})
        for row in relabelled
    ]
    if told:
        op.bulk_insert(correction, sorted(told, key=lambda row: row['at']))


def downgrade():
    with op.batch_alter_table('theme', schema=None) as batch_op:
        batch_op.drop_column('is_ignored')
        batch_op.drop_column('is_pinned')

    op.drop_table('explanation')
    op.drop_table('calibration')
    op.drop_table('change')
    op.drop_table('correction')
    op.create_table('theme_change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('theme_id', sa.Integer(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('change', sa.String(length=20), nullable=False, comment='named, status, merged'),
    sa.Column('before', sa.Text(), nullable=False),
    sa.Column('after', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['account.id'], name=op.f('fk_theme_change_by_id_account'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['theme_id'], ['theme.id'], name=op.f('fk_theme_change_theme_id_theme'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_theme_change'))
    )
    with op.batch_alter_table('theme_change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_theme_change_theme_id'), ['theme_id'], unique=False)

    op.create_table('correction',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('verbatim_id', sa.Integer(), nullable=False),
    sa.Column('text_hash', sa.String(length=32), nullable=False),
    sa.Column('start', sa.Integer(), nullable=False),
    sa.Column('sentiment', sa.String(length=8), nullable=True),
    sa.Column('intent', sa.String(length=10), nullable=True),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['account.id'], name=op.f('fk_correction_by_id_account'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['verbatim_id'], ['verbatim.id'], name=op.f('fk_correction_verbatim_id_verbatim'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_correction')),
    sa.UniqueConstraint('verbatim_id', 'text_hash', 'start', name=op.f('uq_correction_verbatim_id_text_hash_start'))
    )
    op.execute(
        'INSERT INTO correction (verbatim_id, text_hash, start, sentiment, intent, at)'
        ' SELECT verbatim_id, text_hash, start, sentiment, intent, at FROM verdict'
        ' WHERE sentiment IS NOT NULL OR intent IS NOT NULL ORDER BY id'
    )
    op.drop_table('verdict')
