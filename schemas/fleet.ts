import { z } from 'zod';
import { EnvironmentName, Instant, ModelName } from './primitives.js';

/** What a lifecycle says of one of its environments. */
export const FleetEnvironment = z.strictObject({
  environment: EnvironmentName,
  /** what should answer; null where nothing does */
  version: z.number().int().nullable(),
  candidate: z.number().int().nullable(),
  /** in words, like "approval of version 2"; or "3 of 20 answers of version 2 until …"; null where it waits neither for a person nor for requests or time */
  waitsFor: z.string().max(200).nullable(),
  waitsSince: Instant.nullable(),
});
export type FleetEnvironment = z.infer<typeof FleetEnvironment>;

/**
 * Where a lifecycle stands, in a row that is small whatever happens to it. No fact: a copy of the owner's state, for who
 * looks at all lifecycles at once. It may lag behind the owner, and never leads.
 */
export const FleetRow = z.strictObject({
  model: ModelName,
  /** the id of the workflow that says so */
  owner: z.string().max(300),
  stage: z.string().max(60),
  paused: z.boolean(),
  problem: z.string().max(300).nullable(),
  environments: z.array(FleetEnvironment).max(10),
});
export type FleetRow = z.infer<typeof FleetRow>;

/** The row with the owner's time: what it said later counts. */
export const ToldFleetRow = FleetRow.extend({ toldAt: Instant });
export type ToldFleetRow = z.infer<typeof ToldFleetRow>;
