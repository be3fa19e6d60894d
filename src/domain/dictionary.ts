/**
 * The data dictionary: what people can query, as a page, from the declarations of the columns.
 */

import { POLL_OUTCOMES, type PollOutcome } from './poll.ts'
import { openSessionColumns, sessionColumns } from './session-columns.ts'
import { pollColumns, snapshotColumns } from './tables.ts'
import { VIEWS } from './views.ts'

const OUTCOMES: Record<PollOutcome, string> = {
  ok: 'The host answered with a list. An empty list proves that nobody was connected.',
  denied: 'Azure refused: 401 or 403. The identity lacks the permission.',
  not_found: 'The host was deleted after it was listed: 404.',
  conflict: 'The host is locked, or its subscription is disabled: 409.',
  throttled: 'Azure asked to wait longer than a run waits, or again and again: 429.',
  timeout: 'No answer in time, or an operation that did not end.',
  error: 'Azure failed: 5xx, a broken connection, a failed operation.',
  malformed: 'Azure answered, but not with a list.',
  untrusted_link: 'The answer led to another origin. It was not followed.',
  skipped_deadline: 'The run ended before this host was asked, or before it had answered.',
  skipped_unsupported: 'Azure says that this host has no list of sessions.',
}

const EXAMPLES: Record<string, string> = {
  snapshots:
    "SELECT DISTINCT user_name, target_host_name\nFROM snapshots\nWHERE observed_at >= now() - INTERVAL 1 DAY AND protocol = 'RDP'",
  polls:
    "SELECT host_name, outcome, count(*) AS polls\nFROM polls\nWHERE outcome <> 'ok'\nGROUP BY ALL\nORDER BY polls DESC",
  runs: "SELECT run_id, outcome, hosts_ok, hosts_expected, error_code\nFROM runs\nWHERE parent_run_id IS NULL AND outcome <> 'ok'\nORDER BY started_at DESC",
  recent_runs:
    'SELECT max(started_at) AS last_run_at, sum(hosts_failed) AS hosts_failed\nFROM recent_runs\nWHERE parent_run_id IS NULL',
  subscription_polls:
    "SELECT subscription_name, outcome, error_code, max(started_at) AS last_at\nFROM subscription_polls\nWHERE outcome <> 'ok'\nGROUP BY ALL\nORDER BY last_at DESC",
  recent_subscription_polls:
    "SELECT subscription_name, max(started_at) FILTER (outcome = 'ok') AS last_listed_at\nFROM recent_subscription_polls\nGROUP BY ALL\nORDER BY last_listed_at NULLS FIRST",
  hosts:
    "SELECT host_name, resource_group, last_outcome, last_ok_at\nFROM hosts\nWHERE listed AND last_outcome <> 'ok'\nORDER BY last_ok_at NULLS FIRST",
  latest_polls:
    "SELECT host_name, outcome, error_code, requested_at\nFROM latest_polls\nWHERE outcome <> 'ok'",
  active_sessions:
    'SELECT user_name, target_host_name, duration_mins, observed_secs_ago\nFROM active_sessions\nWHERE duration_mins > 8 * 60\nORDER BY duration_mins DESC',
  sessions:
    'SELECT user_name, target_host_name, started_at, ended_after, ended_before, state\nFROM sessions\nWHERE duration_mins_min > 8 * 60\nORDER BY first_seen_at DESC',
  alerts:
    "SELECT severity, rule, summary, firing_at, stale\nFROM alerts\nWHERE state = 'firing'\nORDER BY firing_at",
  alert_events:
    'SELECT happened_at, rule, event, summary\nFROM alert_events\nWHERE happened_at >= now() - INTERVAL 1 DAY\nORDER BY happened_at',
  notices:
    "SELECT destination, rule, state, attempts, error\nFROM notices\nWHERE state <> 'delivered'\nORDER BY created_at DESC",
  'azure.network.active_sessions':
    "SELECT userName, targetHostName, startTime\nFROM azure.network.active_sessions\nWHERE resourceGroupName = 'rg-hub' AND bastionHostName = 'bastion-hub'",
  coverage:
    'SELECT date, round(100 * sum(ok) / sum(due), 1) AS proven_percent, sum(no_run) AS no_run\nFROM coverage\nWHERE date >= current_date - 7\nGROUP BY date\nORDER BY date',
  gaps: 'SELECT host_name, from_at, to_at, minutes, why\nFROM gaps\nWHERE to_at IS NULL OR to_at >= now() - INTERVAL 7 DAYS\nORDER BY minutes DESC',
}

/** The page, in Markdown. */
export function dataDictionary(): string {
  const views = {
    snapshots: {
      doc: 'One row a session seen: in one run, through one host.',
      columns: snapshotColumns,
    },
    polls: { doc: 'One row a host in scope of a run, asked or not.', columns: pollColumns },
    ...VIEWS,
  }
  const sections = Object.entries(views).map(([name, { doc, columns }]) =>
    [
      `## ${name}\n`,
      `${doc}\n`,
      '| column | type | |',
      '| --- | --- | --- |',
      ...Object.entries(columns).map(
        ([column, { type, doc: text }]) => `| \`${column}\` | ${type} | ${text} |`,
      ),
      ...(EXAMPLES[name] === undefined ? [] : ['', `\`\`\`sql\n${EXAMPLES[name]}\n\`\`\``]),
      '',
    ].join('\n'),
  )
  return [
    '# Data dictionary\n',
    'What `bastion-ledger query` can read. This page is made from the declarations in `src/domain/` ' +
      'by `npm run docs`.\n',
    'All times are UTC. Ids are in lower case. A value that Azure did not give, or left blank, is ' +
      'NULL. `snapshots` and `polls` are the columns of the Parquet files of the same names under ' +
      '`v1/raw/` and `v1/daily/`; the other views are made from them and from the runs’ records.\n',
    ...sections,
    '## Files of closed days\n',
    'A closed day is one file a table, `v1/daily/TABLE/date=2026-11-23/part-0.parquet`, which any ' +
      'reader of Parquet can read as it is. `snapshots` and `polls` have the columns of the views; ' +
      '`runs` has those of the runs’ records, with lists and structs; `sessions` those of the view, ' +
      'for the sessions that were over on that day. `open_sessions` has the sessions that were not: ' +
      'the columns of `sessions` up to `missed_polls`, and these.\n',
    '| column | type | |',
    '| --- | --- | --- |',
    ...Object.entries(openSessionColumns).flatMap(([column, { type, doc }]) =>
      Object.hasOwn(sessionColumns, column) ? [] : [`| \`${column}\` | ${type} | ${doc} |`],
    ),
    '',
    '## Outcomes\n',
    'What came of asking a host. Only `ok` proves anything.\n',
    '| outcome | means |',
    '| --- | --- |',
    ...POLL_OUTCOMES.map((outcome) => `| \`${outcome}\` | ${OUTCOMES[outcome]} |`),
    '',
  ].join('\n')
}
