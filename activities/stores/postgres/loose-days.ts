import type { Pool } from 'pg';
import type { EndpointName } from '../../../schemas/index.js';
import type { LooseDay } from '../prediction-log.js';
import { first } from './rows.js';

/** Fewer are not worth a part; of more, the rest becomes the next part. */
const segmentsInPart = { fewest: 16, most: 1_000 };

/** What came after a day was looked at waits until it is looked at again. */
const asked = `
  with judged as (
    select distinct on (from_at) from_at::date as day, logged_seq from monitor_window
    where model = $1 and environment = $2 and logged_seq is not null order by from_at, seq desc
  ), loose as (
    select l.day, l.segment, l.rows, l.seq from loose_segment as l join judged as j using (day)
    where l.model = $1 and l.environment = $2 and l.seq <= j.logged_seq
  ), oldest as (
    select * from loose where day = (select day from loose group by day having count(*) >= $3 order by day limit 1)
    order by seq limit $4
  )
  select to_char(day, 'YYYY-MM-DD') as day, array_agg(segment order by segment) as segments, sum(rows)::float8 as rows
  from oldest group by day`;

export function looseDay(pool: Pool, { model, environment }: EndpointName): Promise<LooseDay | null> {
  const { fewest, most } = segmentsInPart;
  return first<LooseDay & Record<string, unknown>>(pool, asked, [model, environment, fewest, most]);
}
