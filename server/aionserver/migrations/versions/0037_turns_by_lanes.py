"""Documents have a lane of their own, and each lane a clock: what pictures wait for says nothing of documents."""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

# As before, but of the queues that one lane serves.
TAKE_TURNS = """
create or replace function take_turns(for_tenant uuid, for_queue text, count integer)
returns integer language plpgsql as $$
declare clock integer; last integer; lane text[] := array[for_queue];
begin
    if for_queue in ('interactive', 'bulk') then
        lane := array['interactive', 'bulk'];
    end if;
    select max(-priority) into clock from procrastinate_jobs
        where status = 'doing' and worker_id is not null and queue_name = any(lane);
    if clock is null then
        select -priority into clock from procrastinate_jobs
            where status = 'todo' and queue_name = any(lane) and coalesce(scheduled_at, now()) <= now()
            order by priority desc, id limit 1;
    end if;
    if clock is null then
        select coalesce(max(last_turn), 0) into clock from job_turns where queue = any(lane);
    end if;
    insert into job_turns as turns (tenant_id, queue, last_turn) values (for_tenant, for_queue, clock + count - 1)
        on conflict (tenant_id, queue) do update set last_turn = greatest(turns.last_turn + 1, clock) + count - 1
        returning last_turn into last;
    return last - count + 1;
end $$
"""


def upgrade() -> None:
    """Apply the change."""
    op.execute(TAKE_TURNS)
