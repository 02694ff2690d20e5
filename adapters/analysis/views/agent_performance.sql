-- Agents by day (UTC): offers by outcome, what they handled, how long, time by status.
with offered as (
    select
        ended::date as day,
        agent_id,
        count(*) as offers,
        count(*) filter (ending = 'accepted') as accepted,
        count(*) filter (ending = 'declined') as declined,
        count(*) filter (ending = 'expired') as expired,
        count(*) filter (ending = 'rescinded') as rescinded
    from offers
    group by all
),
handled as (
    select
        ended::date as day,
        agent_id,
        count(*) as handled,
        count(*) filter (ending = 'completed') as completed,
        count(*) filter (ending = 'requeued') as requeued,
        sum(handle_ms) / 1000 as handle_s,
        avg(handle_ms) / 1000 as handle_mean_s,
        avg(wrap_up_ms) / 1000 as wrap_up_mean_s
    from segments
    group by all
),
stood as (
    select
        ended::date as day,
        agent_id,
        sum(ended_ms - began_ms) filter (status = 'available') / 1000 as available_s,
        sum(ended_ms - began_ms) filter (status != 'available') / 1000 as unavailable_s
    from agent_states
    group by all
)
select
    day,
    agent_id,
    coalesce(offers, 0) as offers,
    coalesce(accepted, 0) as accepted,
    coalesce(declined, 0) as declined,
    coalesce(expired, 0) as expired,
    coalesce(rescinded, 0) as rescinded,
    coalesce(handled, 0) as handled,
    coalesce(completed, 0) as completed,
    coalesce(requeued, 0) as requeued,
    coalesce(handle_s, 0) as handle_s,
    handle_mean_s,
    wrap_up_mean_s,
    coalesce(available_s, 0) as available_s,
    coalesce(unavailable_s, 0) as unavailable_s
from offered
full join handled using (day, agent_id)
full join stood using (day, agent_id)
order by day, agent_id
