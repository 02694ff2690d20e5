-- All that happened in a conversation, on every medium, in order: ask for one conversation_id.
with born as (
    select interaction_id, any_value(conversation_id) as conversation_id
    from events
    where type = 'interaction_created'
    group by interaction_id
)
select
    coalesce(events.conversation_id, born.conversation_id) as conversation_id,
    events.happened,
    events.interaction_id,
    events.channel,
    events.queue,
    events.type,
    events.agent_id,
    events.offer_id,
    coalesce(events.outcome, events.reason) as what,
    events.cause,
    events.record_id,
    events.payload
from events
left join born using (interaction_id)
where events.interaction_id is not null
order by events.epoch, events.lsn, events.number
