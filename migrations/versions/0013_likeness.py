"""likeness: what posts mean beside decided spam, answers that fit a case, moderators' own reasons, files of a draft, verdicts that wait

Revision ID: 0013
Revises: 0012
Create Date: 2026-11-22 19:40:00

"""
from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql


revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

ONE_PLACE = '(verbatim_id IS NULL) <> (post_id IS NULL)'


def upgrade():
    op.create_table('likeness',
    sa.Column('post_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('revision', sa.String(length=32), nullable=False, comment='of the model that embedded it'),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('embedding', sa.LargeBinary(), nullable=False, comment='float16, of unit length, of the text'),
    sa.Column('spam', sa.Float(), nullable=True, comment='cosine with the nearest other post that was decided to be spam'),
    sa.Column('good', sa.Float(), nullable=True, comment='with the nearest other that was published after a look'),
    sa.Column('like_id', sa.Integer(), nullable=True, comment='the nearest that was decided to be spam'),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], name=op.f('fk_likeness_post_id_post'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['like_id'], ['post.id'], name=op.f('fk_likeness_like_id_post'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('post_id', name=op.f('pk_likeness'))
    )
    op.create_index(op.f('ix_likeness_like_id'), 'likeness', ['like_id'], unique=False)
    op.create_table('fitting',
    sa.Column('complaint_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('revision', sa.String(length=32), nullable=False, comment='of the model whose embeddings were compared'),
    sa.Column('last_id', sa.Integer(), nullable=False, comment="of the case's newest verbatim that was compared"),
    sa.Column('questions', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False, comment="[question's id, likeness], the likest first"),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['complaint_id'], ['complaint.id'], name=op.f('fk_fitting_complaint_id_complaint'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('complaint_id', name=op.f('pk_fitting'))
    )
    op.create_index(op.f('ix_fitting_at'), 'fitting', ['at'], unique=False)
    op.create_table('canned_reason',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('name_zh', sa.String(length=80), nullable=False),
    sa.Column('text', sa.Text(), nullable=False, comment='what the author reads'),
    sa.Column('text_zh', sa.Text(), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_canned_reason')),
    sa.UniqueConstraint('name', name=op.f('uq_canned_reason_name'))
    )
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.add_column(sa.Column('draft_id', sa.Integer(), nullable=True, comment='of a reply that was taken back: not sent yet'))
        batch_op.create_index(batch_op.f('ix_attachment_draft_id'), ['draft_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_attachment_draft_id_draft'), 'draft', ['draft_id'], ['id'], ondelete='CASCADE')
    with op.batch_alter_table('verdict', schema=None) as batch_op:
        batch_op.alter_column('verbatim_id', existing_type=sa.Integer(), nullable=True)
        batch_op.add_column(sa.Column('post_id', sa.Integer(), nullable=True, comment='whose words are out of mining: it waits with it'))
        batch_op.create_index(batch_op.f('ix_verdict_post_id'), ['post_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_verdict_post_id_post'), 'post', ['post_id'], ['id'], ondelete='CASCADE')
        batch_op.create_check_constraint(batch_op.f('ck_verdict_of_a_text_or_kept_for_a_post'), ONE_PLACE)


def downgrade():
    op.execute('DELETE FROM verdict WHERE verbatim_id IS NULL')
    with op.batch_alter_table('verdict', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_verdict_of_a_text_or_kept_for_a_post'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_verdict_post_id_post'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_verdict_post_id'))
        batch_op.drop_column('post_id')
        batch_op.alter_column('verbatim_id', existing_type=sa.Integer(), nullable=False)
    op.execute('DELETE FROM attachment WHERE draft_id IS NOT NULL')
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_attachment_draft_id_draft'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_attachment_draft_id'))
        batch_op.drop_column('draft_id')
    op.drop_table('canned_reason')
    op.drop_index(op.f('ix_fitting_at'), table_name='fitting')
    op.drop_table('fitting')
    op.drop_index(op.f('ix_likeness_like_id'), table_name='likeness')
    op.drop_table('likeness')
