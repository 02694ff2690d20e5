-- Service level by half hour, channel and queue: as `onequeue stats --interval 30m`.
with counted as (
    select happened_ms - happened_ms % 1800000 as half_hour_ms, channel, queue, counted_as
    from events
    where counted_as is not null
)
select
    make_timestamp(half_hour_ms * 1000) as half_hour,
    half_hour_ms,
    channel,
    queue,
    count(*) filter (counted_as in ('offered', 'moved')) as offered,
    count(*) filter (counted_as like 'answered%') as answered,
    count(*) filter (counted_as = 'answered_in_target') as answered_in_target,
    count(*) filter (counted_as = 'abandoned') as abandoned,
    count(*) filter (counted_as = 'abandoned_short') as abandoned_short,
    count(*) filter (counted_as = 'called_off') as called_off,
    count(*) filter (counted_as = 'diverted') as diverted,
    count(*) filter (counted_as = 'answered_in_target')
    / nullif(count(*) filter (counted_as like 'answered%' or counted_as = 'abandoned'), 0)
        as service_level
from counted
group by all
order by half_hour_ms, channel, queue
