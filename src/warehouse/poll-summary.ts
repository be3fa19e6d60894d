/**
 * Poll summary: what `coverage` and `gaps` need to know of polls, without the polls. Of the hosts
 * themselves, host-history.ts has it.
 *
 * Nearly all polls are `ok`, and of a stretch of those only its ends matter. So a year of 50 hosts,
 * five million polls, is some thousand rows. Summaries of some days each are one of all of them: what
 * is next to one another, or overlaps, need not be in one row.
 */

/** The number of a run's slot, as `slotOf` (run.ts) floors it. */
export function slotOfRun(runId: string): string {
  return `epoch_ms(raw.run_time(${runId})) // raw.interval_ms()`
}

/**
 * A row is a `run` that has polls, a stretch of `ok` polls in slots that follow one another, or a
 * poll that was not `ok`.
 */
export const summaryTypes: Record<string, string> = {
  kind: 'VARCHAR',
  host_id: 'VARCHAR',
  run_id: 'VARCHAR',
  // Of polls: the first slot and the last, when the first was requested and answered, and when the
  // last was. Of a run its slot.
  from_slot: 'BIGINT',
  to_slot: 'BIGINT',
  requested_at: 'TIMESTAMPTZ',
  first_observed_at: 'TIMESTAMPTZ',
  last_requested_at: 'TIMESTAMPTZ',
  observed_at: 'TIMESTAMPTZ',
  // Of a poll that was not `ok`, or `ok`.
  outcome: 'VARCHAR',
  error_code: 'VARCHAR',
  error_message: 'VARCHAR',
}

/**
 * Summarizes polls.
 *
 * @param polls A relation, as it can stand after FROM.
 */
export function summaryOf(polls: string): string {
  // Numbers, for hosts and for runs: a window over millions of long ids would not fit.
  return `
  SELECT ${Object.entries(summaryTypes)
    .map(([name, type]) => `${name}::${type} AS ${name}`)
    .join(', ')}
  FROM (
    WITH runs AS MATERIALIZED (
      SELECT run_id, ${slotOfRun('run_id')} AS slot FROM (SELECT DISTINCT run_id FROM ${polls})
    ), hosts AS MATERIALIZED (
      SELECT host_id, row_number() OVER (ORDER BY host_id) AS host
      FROM (SELECT DISTINCT host_id FROM ${polls})
    ), edges AS MATERIALIZED (
      SELECT *, before IS NULL OR slot - before > 1 AS is_first,
        after IS NULL OR after - slot > 1 AS is_last
      FROM (
        SELECT host, slot, requested_at, observed_at,
          lag(slot) OVER by_time AS before, lead(slot) OVER by_time AS after
        FROM ${polls} JOIN hosts USING (host_id) JOIN runs USING (run_id) WHERE outcome = 'ok'
        WINDOW by_time AS (PARTITION BY host ORDER BY slot, requested_at)
      ) WHERE is_first OR is_last
    ), firsts AS (
      SELECT host, slot AS from_slot, requested_at, observed_at AS first_observed_at,
        row_number() OVER (PARTITION BY host ORDER BY slot, requested_at) AS n
      FROM edges WHERE is_first
    ), lasts AS (
      SELECT host, slot AS to_slot, requested_at AS last_requested_at, observed_at,
        row_number() OVER (PARTITION BY host ORDER BY slot, requested_at) AS n
      FROM edges WHERE is_last
    )
    SELECT 'run' AS kind, run_id, slot AS from_slot FROM runs
    UNION ALL BY NAME
    SELECT 'poll' AS kind, host_id, from_slot, to_slot, requested_at, first_observed_at,
      last_requested_at, observed_at, 'ok' AS outcome
    FROM firsts JOIN lasts USING (host, n) JOIN hosts USING (host)
    UNION ALL BY NAME
    SELECT 'poll' AS kind, host_id, run_id, slot AS from_slot, slot AS to_slot, requested_at,
      requested_at AS last_requested_at, observed_at, outcome, error_code, error_message
    FROM ${polls} JOIN runs USING (run_id) WHERE outcome <> 'ok'
  )`
}

/** When a host answered first after it had not, for each time. */
export const answers = `
  SELECT host_id, first_observed_at FROM raw.poll_summary WHERE kind = 'poll' AND outcome = 'ok'`
