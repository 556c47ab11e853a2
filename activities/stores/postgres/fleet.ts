import type { Pool } from 'pg';
import type { ToldFleetRow } from '../../../schemas/index.js';
import type { FleetLine } from '../fleet.js';

export async function record(pool: Pool, row: ToldFleetRow): Promise<void> {
  await pool.query('select record_fleet($1)', [JSON.stringify(row)]);
}

interface FleetViewRow extends Omit<FleetLine, 'verdictSince' | 'waitsSince' | 'dataUntil'> {
  readonly verdictSince: Date | null;
  readonly dataUntil: Date | null;
  readonly waitsSince: Date | null;
}

export async function all(pool: Pool): Promise<FleetLine[]> {
  const { rows } = await pool.query<FleetViewRow>(
    `select model, environment, version, verdict, verdict_since as "verdictSince", waits_for as "waitsFor",
       quality, predictions::float8 as predictions, data_until as "dataUntil", waits_since as "waitsSince", owner, stage, paused, problem,
       extract(epoch from clock_timestamp() - updated_at)::float8 as "ageSeconds"
     from v_fleet order by model, place`,
  );
  return rows.map((row) => ({
    ...row,
    verdictSince: row.verdictSince?.toISOString() ?? null,
    waitsSince: row.waitsSince?.toISOString() ?? null,
    dataUntil: row.dataUntil?.toISOString() ?? null,
  }));
}
