/*
 * What must be true of the facts together. Each question gives one row per fault: what, seq.
 */

/** A person in whatever letters: the rule of `isSamePerson`. */
const person = (name: string) => `lower(normalize(trim(${name}), NFKC))`;

/** What a decision, an answer and a change say of themselves: these bytes as that version in that place. */
const sameThing = (a: string, b: string) =>
  ['model', 'version', 'environment', 'model_digest'].map((column) => `${a}.${column} = ${b}.${column}`).join(' and ');

const keysTwice = `
  select 'the key "' || key || '" is there twice' as what, max(seq) as seq from fact group by key having count(*) > 1`;

/**
 * Whatever brought a version before requests, a rollback and a take-over too: people let it in before, or it was promoted
 * there before, which needed the same.
 */
const servedWithoutApproval = `
  select 'version ' || c.version || ' of ' || c.model || ' came to ' || c.environment || ' (' || c.change
    || ') without an approval' as what, c.seq
  from endpoint_change as c
  where c.version is not null and not exists (
    select from gate_decision as d where ${sameThing('d', 'c')} and d.decision = 'approved' and d.seq < c.seq
  ) and not exists (
    select from endpoint_change as e where ${sameThing('e', 'c')} and e.change = 'promoted' and e.seq < c.seq
  ) order by c.seq`;

/** A decision counts for what the people behind it said, each of them once and of these very bytes. */
const decidedWithoutPeople = `
  select 'the gate ' || d.gate || ' of ' || d.model || ' was decided without ' || d.quorum || ' approval(s) of version '
    || d.version as what, d.seq
  from gate_decision as d
  where d.decision = 'approved' and d.quorum > (
    select count(distinct ${person('a.decided_by')}) from approval as a
    where ${sameThing('a', 'd')} and a.gate = d.gate and a.decision = 'approve' and a.seq < d.seq
      and exists (select from jsonb_array_elements_text(d.decided_by) as b (name) where ${person('b.name')} = ${person('a.decided_by')})
  ) order by d.seq`;

/** An answer, a decision or a change that names other bytes as a version is of something that was never packaged. */
const ofNoVersion = `
  select 'fact ' || s.seq || ' (' || s.kind || ') is about version ' || s.version || ' of ' || s.model
    || ' with bytes that are not that version''s' as what, s.seq
  from (
    select 'approval' as kind, model, version, model_digest, seq from approval
    union all select 'gateDecision', model, version, model_digest, seq from gate_decision
    union all select 'endpointChange', model, version, model_digest, seq from endpoint_change where version is not null
  ) as s
  where not exists (
    select from model_version as v
    where v.model = s.model and v.version = s.version and v.model_digest = s.model_digest and v.seq < s.seq
  ) order by s.seq`;

const twoCurrent = `
  select 'the endpoint ' || model || ' in ' || environment || ' has ' || count(*) || ' current versions' as what, null as seq
  from v_deployment where current group by model, environment having count(*) > 1`;

const outcomesOfNoFact = `
  select 'the outcome of "' || coalesce(o.request_id, o.prediction::text) || '" belongs to no fact' as what, null as seq
  from outcome as o where not exists (select from outcome_batch as b where decode(b.digest, 'hex') = o.batch)`;

/** What was recorded long after the time that is retired has all its rows; about the rest the batch itself knows more. */
const outcomesNotRecorded = `
  select 'the outcomes of fact ' || b.seq || ' are not as many as it recorded' as what, b.seq
  from outcome_batch as b join fact as f using (seq) left join (
    select batch, count(*) as rows from outcome group by batch
  ) as o on o.batch = decode(b.digest, 'hex')
  where coalesce(o.rows, 0) > b.rows or (coalesce(o.rows, 0) < b.rows and f.recorded_at >= (select retired_before()) + interval '1 month')
  order by b.seq`;

const requestsNotIndexed = `
  with called as (select * from request_of_predictions),
    there as (select * from prediction_request where at >= (select retired_before()))
  select 'the request "' || request_id || '" is not in the index as its predictions are' as what, null as seq
  from ((select * from called except select * from there) union all (select * from there except select * from called)) as x`;

/** What is retired is compared no more: its rows may be gone. */
const tooManyPredictions = `
  select case when s.seq is null then 'predictions of segment ' || encode(p.segment, 'hex') || ' belong to no fact'
    else 'more predictions than fact ' || s.seq || ' recorded' end as what, s.seq
  from (select segment, count(*) as rows from prediction group by segment) as p
    left join prediction_segment as s on decode(s.digest, 'hex') = p.segment
  where s.seq is null or p.rows > s.rows`;

const predictionsNotRecorded = `
  select 'the predictions of fact ' || s.seq || ' are not in the index as it recorded them' as what, s.seq
  from prediction_segment as s left join (
    select segment, encode(sha256(convert_to(string_agg(line, E'\\n' order by line collate "C"), 'UTF8')), 'hex') as digest
    from prediction as p, lateral prediction_line(p) as line group by segment
  ) as p on p.segment = decode(s.digest, 'hex')
  where s.rows > 0 and s.first_at >= (select retired_before()) and p.digest is distinct from s.index_digest order by s.seq`;

/** Of the index of predictions; last, because they look into every partition. */
export const indexInvariants: readonly string[] = [requestsNotIndexed, tooManyPredictions, predictionsNotRecorded];

export const invariants: readonly string[] = [
  keysTwice,
  servedWithoutApproval,
  decidedWithoutPeople,
  ofNoVersion,
  twoCurrent,
  outcomesOfNoFact,
  outcomesNotRecorded,
  ...indexInvariants,
];
