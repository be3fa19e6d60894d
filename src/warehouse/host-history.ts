/**
 * Host history: what `hosts` needs to know of polls, without the polls: a row a host, with its last
 * poll. Histories of some days each are one of all of them, in parts.
 */

import { pollColumns } from '../domain/tables.ts'

/** What is known of a host by its last poll. */
const LATEST = [
  'subscription_id',
  'resource_group',
  'host_name',
  'host_location',
  'sku',
  'scale_units',
  'provisioning_state',
  'features',
  'tags',
  'observed_at',
  'outcome',
  'http_status',
  'error_code',
  'error_message',
] as const satisfies readonly (keyof typeof pollColumns)[]

const ALL_ITS_POLLS: Record<string, string> = {
  host_id: 'VARCHAR',
  first_run_id: 'VARCHAR',
  last_run_id: 'VARCHAR',
  last_answered_at: 'TIMESTAMPTZ',
  first_ok_at: 'TIMESTAMPTZ',
  last_ok_at: 'TIMESTAMPTZ',
  last_ok_run_id: 'VARCHAR',
  last_ok_sessions: 'INTEGER',
}

export const historyTypes: Record<string, string> = {
  ...ALL_ITS_POLLS,
  ...Object.fromEntries(LATEST.map((name) => [name, pollColumns[name].type])),
}

/**
 * The history of hosts.
 *
 * @param polls A relation, as it can stand after FROM.
 */
export function historyOf(polls: string): string {
  return `
  SELECT ${columns('history', Object.keys(ALL_ITS_POLLS))}, ${columns('poll', LATEST)}
  FROM (
    SELECT host_id, min(run_id) AS first_run_id, max(run_id) AS last_run_id,
      max(observed_at) AS last_answered_at,
      min(observed_at) FILTER (outcome = 'ok') AS first_ok_at,
      max(observed_at) FILTER (outcome = 'ok') AS last_ok_at,
      max(run_id) FILTER (outcome = 'ok') AS last_ok_run_id,
      arg_max(session_count, run_id) FILTER (outcome = 'ok') AS last_ok_sessions
    FROM ${polls} GROUP BY host_id
  ) AS history
  JOIN ${polls} AS poll ON poll.host_id = history.host_id AND poll.run_id = history.last_run_id`
}

/**
 * One row a host, of histories that have it in parts.
 *
 * @param history A relation, as it can stand after FROM.
 */
export function wholeHistory(history: string): string {
  return `
  SELECT ${columns('whole', Object.keys(ALL_ITS_POLLS))}, ${columns('part', LATEST)}
  FROM (
    SELECT host_id, min(first_run_id) AS first_run_id, max(last_run_id) AS last_run_id,
      max(last_answered_at) AS last_answered_at, min(first_ok_at) AS first_ok_at,
      max(last_ok_at) AS last_ok_at, max(last_ok_run_id) AS last_ok_run_id,
      arg_max(last_ok_sessions, last_ok_run_id) AS last_ok_sessions
    FROM ${history} GROUP BY host_id
  ) AS whole
  JOIN ${history} AS part ON part.host_id = whole.host_id AND part.last_run_id = whole.last_run_id`
}

function columns(relation: string, names: readonly string[]): string {
  return names.map((name) => `${relation}.${name}`).join(', ')
}
