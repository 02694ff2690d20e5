-- Who came again within seven days of an interaction that was answered, about the same queue.
with known as (
    select *
    from interactions
    where customer_id is not null and customer_id != '[personal]' and link_kind is null
)
select
    later.created,
    later.customer_id,
    later.first_queue as queue,
    later.interaction_id,
    later.channel,
    earlier.interaction_id as earlier_id,
    earlier.channel as earlier_channel,
    earlier.agent_id as earlier_agent,
    earlier.outcome as earlier_outcome,
    (later.created_ms - earlier.ended_ms) / 3600000 as after_hours
from known as later
asof join (select * from known where answered) as earlier
    on earlier.customer_id = later.customer_id
    and earlier.queue = later.first_queue
    and earlier.ended_ms <= later.created_ms
where later.created_ms - earlier.ended_ms <= 7 * 86400000
order by later.created, later.interaction_id
