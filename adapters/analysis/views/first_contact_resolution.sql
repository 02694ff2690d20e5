-- By day and queue: how many were settled by one agent, and did not come again in seven days.
with known as (
    select *
    from interactions
    where answered and customer_id is not null and customer_id != '[personal]'
    and link_kind is null
),
upto as (select max(happened_ms) as now_ms from events),
looked as (
    select
        known.ended::date as day,
        known.queue,
        known.interaction_id,
        known.transfers = 0 as is_one_agent,
        exists (
            select 1
            from interactions as again
            where again.customer_id = known.customer_id
            and again.first_queue = known.queue
            and again.link_kind is null
            and again.interaction_id != known.interaction_id
            and again.created_ms between known.ended_ms and known.ended_ms + 7 * 86400000
        ) as is_repeated,
        known.ended_ms + 7 * 86400000 <= upto.now_ms as is_final
    from known, upto
)
select
    day,
    queue,
    count(*) as contacts,
    count(*) filter (is_one_agent and not is_repeated) as resolved,
    count(*) filter (is_repeated) as repeated,
    count(*) filter (not is_one_agent) as transferred,
    count(*) filter (is_one_agent and not is_repeated) / count(*) as first_contact_resolution,
    bool_and(is_final) as is_final
from looked
group by day, queue
order by day, queue
