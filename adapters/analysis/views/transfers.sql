-- Every time an interaction left an agent for somebody else, or one queue for another.
with steps as (
    select
        *,
        type = 'offer_accepted' as is_answer,
        row_number() over (order by epoch, lsn, number) as place
    from events
    where type in ('offer_accepted', 'interaction_requeued') or from_queue is not null
),
answers as (
    select place, interaction_id, agent_id, queue, happened_ms
    from steps
    where is_answer
)
select
    went.happened,
    went.conversation_id,
    went.interaction_id,
    went.channel,
    if(went.type = 'interaction_requeued', 'agent', 'queue') as what,
    if(went.type = 'interaction_requeued', went.agent_id, null) as from_agent,
    coalesce(went.from_queue, went.queue) as from_queue,
    answers.agent_id as to_agent,
    coalesce(answers.queue, went.queue) as to_queue,
    (answers.happened_ms - went.happened_ms) / 1000 as until_answered_s,
    went.reason
from (select * from steps where not is_answer) as went
asof left join answers
    on answers.interaction_id = went.interaction_id and answers.place > went.place
order by went.place
