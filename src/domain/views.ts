/**
 * The columns of the views that are made from the ledger's files, declared for people and for the
 * data dictionary. `snapshots` and `polls` have the columns of their files (tables.ts).
 */

import { alertColumns, noticeColumns } from './alert-columns.ts'
import { POLL_OUTCOMES } from './poll.ts'
import { sessionColumns } from './session-columns.ts'
import { pollColumns, snapshotColumns } from './tables.ts'

export interface ViewColumn {
  /** DuckDB's type. */
  type: string
  doc: string
}

export interface View {
  doc: string
  columns: Record<string, ViewColumn>
}

const col = (type: string, doc: string): ViewColumn => ({ type, doc })

const runs: View = {
  doc:
    'One row a run, from its record. A run of many hosts is split into shards: then it has a row of ' +
    'its own with what its shards add up to, and each shard has one too. `WHERE parent_run_id IS ' +
    'NULL` leaves the shards out.',
  columns: {
    run_id: col('VARCHAR', 'The run, for example `20261123T090500Z`.'),
    parent_run_id: col('VARCHAR', 'Of a shard, the run that it is a part of.'),
    trigger: col('VARCHAR', '`timer`, `manual`, or `shard` for one part of a run.'),
    scheduled_for: col('TIMESTAMPTZ', "The timer's slot; null for a run that a person started."),
    started_at: col('TIMESTAMPTZ', 'When it began.'),
    finished_at: col('TIMESTAMPTZ', 'When the last host had answered.'),
    duration_ms: col('BIGINT', 'From start to finish.'),
    outcome: col(
      'VARCHAR',
      '`ok`, `partial` (something did not answer, or a shard is not recorded) or `failed` (nothing ' +
        'did).',
    ),
    error_code: col('VARCHAR', 'Why the whole run failed, before any subscription was known.'),
    error_message: col('VARCHAR', 'The same in words.'),
    subscriptions_expected: col('BIGINT', 'Subscriptions in scope.'),
    subscriptions_ok: col('BIGINT', 'Of these, whose hosts could be listed.'),
    shards: col('BIGINT', 'Into how many the run is split; null where it is not.'),
    shards_recorded: col('BIGINT', 'Of these, that are recorded.'),
    hosts_expected: col(
      'BIGINT',
      'Hosts in scope: rows of `polls`, of its shards where it has some.',
    ),
    hosts_ok: col('BIGINT', 'Of these, that answered.'),
    hosts_failed: col('BIGINT', 'Of these, that were asked and did not answer.'),
    hosts_skipped: col(
      'BIGINT',
      'Of these, not reached in time or in no shard that is recorded, or that have no sessions to list.',
    ),
    sessions: col('BIGINT', 'Sessions seen: rows of `snapshots`.'),
    discovery: col(
      'VARCHAR',
      'How hosts were looked for: `arm`, or `graph` (Resource Graph first); null for a shard.',
    ),
    scope: col(
      'STRUCT(include VARCHAR[], exclude VARCHAR[], management_group VARCHAR)',
      'What limited the subscriptions in scope: ids or name globs, and the management group; null for a shard.',
    ),
    api_version: col('VARCHAR', 'Of the Azure API that was asked.'),
    collector_version: col('VARCHAR', 'Of this program.'),
    files: col(
      'STRUCT(path VARCHAR, bytes BIGINT, "rows" BIGINT, sha256 VARCHAR, content_digest VARCHAR)[]',
      'The files of the run, with the checksum of their bytes and the digest of their rows.',
    ),
  },
}

const recent_runs: View = {
  doc:
    'The rows of [runs](#runs) of the last day of runs: of the 24 hours up to the newest, however ' +
    'long ago that is. It costs the same with years behind it, which `runs` does not, whatever its ' +
    'WHERE.',
  columns: runs.columns,
}

const subscription_polls: View = {
  doc: 'One row a subscription a run: whether its hosts could be listed.',
  columns: {
    run_id: col('VARCHAR', 'The run.'),
    trigger: col('VARCHAR', "The run's trigger."),
    started_at: col('TIMESTAMPTZ', 'When the run began.'),
    finished_at: col('TIMESTAMPTZ', 'When it ended.'),
    subscription_id: col('VARCHAR', 'In lower case.'),
    subscription_name: col('VARCHAR', 'Its name at that time.'),
    state: col(
      'VARCHAR',
      'Enabled, Warned, PastDue, Disabled or Deleted; NotVisible where Azure did not list it.',
    ),
    outcome: col('VARCHAR', 'What came of listing its hosts: `ok`, or why that is not known.'),
    listed_by: col('VARCHAR', 'Which list it was: only `arm` proves how many hosts there are.'),
    hosts: col(
      'BIGINT',
      'Hosts that the list named; null where it failed, or where Resource Graph named none.',
    ),
    error_code: col('VARCHAR', "Azure's error code, or the collector's."),
    error_message: col('VARCHAR', "Azure's words, or the collector's."),
  },
}

const recent_subscription_polls: View = {
  doc: 'The rows of [subscription_polls](#subscription_polls) of the last day of runs.',
  columns: subscription_polls.columns,
}

const hosts: View = {
  doc: 'One row a host that ever had a poll, as latest known.',
  columns: {
    host_id: col('VARCHAR', 'ARM id of the host, in lower case.'),
    host_name: col('VARCHAR', 'As Azure spells it.'),
    resource_group: col('VARCHAR', 'As Azure spells it.'),
    subscription_id: col('VARCHAR', 'In lower case.'),
    subscription_name: col('VARCHAR', "Null where the last day's runs did not ask it."),
    host_location: col('VARCHAR', 'Azure region.'),
    sku: col('VARCHAR', 'Developer, Basic, Standard or Premium.'),
    scale_units: col('INTEGER', 'Instances.'),
    provisioning_state: col('VARCHAR', 'Succeeded, Updating, Failed and the like.'),
    features: col('VARCHAR', 'JSON object: the `enable…` and `disable…` switches.'),
    tags: col('VARCHAR', 'JSON object: the tags.'),
    first_listed_at: col('TIMESTAMPTZ', 'Time of the first run that had it in scope.'),
    last_listed_at: col('TIMESTAMPTZ', 'Time of the latest run that had it in scope.'),
    listed: col(
      'BOOLEAN',
      'Whether it still exists, as far as is known: polled within the last day of runs, not found ' +
        'to be gone, and in the latest successful listing of its subscription.',
    ),
    last_run_id: col('VARCHAR', 'The latest run that had it in scope.'),
    last_outcome: col('VARCHAR', 'What came of asking it then.'),
    last_http_status: col('INTEGER', 'Status of the last response then.'),
    last_error_code: col('VARCHAR', 'Why it did not answer then.'),
    last_error_message: col('VARCHAR', 'The same in words.'),
    last_answered_at: col('TIMESTAMPTZ', 'When it last gave any answer, an error included.'),
    first_ok_at: col('TIMESTAMPTZ', 'When it first listed its sessions; null where it never did.'),
    last_ok_at: col('TIMESTAMPTZ', 'When it last listed its sessions; null where it never did.'),
    last_ok_sessions: col('INTEGER', 'How many those were.'),
  },
}

const latest_polls: View = {
  doc:
    'The latest poll of every host that still exists, as far as is known: `listed` in ' +
    '[hosts](#hosts). It reads the last day of runs only, and costs the same with years behind it.',
  columns: pollColumns,
}

const hostNames = {
  subscription_id: col('VARCHAR', 'Subscription of the host, in lower case.'),
  resource_group: col('VARCHAR', 'Resource group of the host, as Azure spells it.'),
  host_id: col('VARCHAR', 'ARM id of the host, in lower case.'),
  host_name: col('VARCHAR', 'As Azure spells it.'),
}

const coverage: View = {
  doc:
    'One row a host and UTC day: how much of the day its polls prove. A day is counted in slots, ' +
    'which are as long as `LEDGER_INTERVAL` and belong to the day they begin on; the time of a run ' +
    'says in which slot it is. One `ok` poll of the host proves a slot, whoever started the run; ' +
    'else its last poll in the slot says what that came to. Slots count from the first poll of the ' +
    'host to the latest slot that is over, or to its last poll if it is gone. `due` is always the ' +
    'sum of all the other counts.',
  columns: {
    date: col('DATE', 'The day.'),
    ...hostNames,
    due: col('BIGINT', 'Slots of that day in which the host existed: at least 1.'),
    ok: col('BIGINT', 'Of these, with an `ok` poll.'),
    ...Object.fromEntries(
      POLL_OUTCOMES.filter((outcome) => outcome !== 'ok').map((outcome) => [
        outcome,
        col(
          'BIGINT',
          outcome === 'skipped_unsupported'
            ? 'Of these, that came to `skipped_unsupported`. They prove nothing, and are no gap.'
            : `Of these, that came to \`${outcome}\`.`,
        ),
      ]),
    ),
    not_asked: col('BIGINT', 'Of these, with a run, but without a poll of this host in it.'),
    no_run: col('BIGINT', 'Of these, without any run.'),
    proven_share: col('DOUBLE', '`ok` of `due`: from 0 to 1.'),
  },
}

const gaps: View = {
  doc:
    'One row a gap: a stretch of time in which nothing proves who was connected through a host, for ' +
    'not one slot in it has an `ok` poll (see [coverage](#coverage)). Slots in which Azure says that ' +
    'the host has no sessions to list (`skipped_unsupported`) are no gap, and end one. After the ' +
    'last poll of a host that is gone there is no gap.',
  columns: {
    ...hostNames,
    from_at: col(
      'TIMESTAMPTZ',
      'When the last answer before it was complete; for a host that had none yet, time of the first ' +
        'run that had it in scope.',
    ),
    to_at: col(
      'TIMESTAMPTZ',
      'When the next answer was asked for, or when a host that is gone had its last poll; null ' +
        'while the gap lasts.',
    ),
    minutes: col('BIGINT', 'Whole minutes between these two, or until now.'),
    slots: col('BIGINT', 'How many were missed.'),
    why: col(
      'VARCHAR',
      'What these came to, the most frequent first, for example `no run 12, throttled 3, not asked 1`.',
    ),
    error_code: col('VARCHAR', 'Of the last poll in it that has an error; null without any.'),
    error_message: col('VARCHAR', 'The same in words.'),
    no_run: col('BIGINT', 'Missed slots without any run.'),
    not_asked: col('BIGINT', 'Missed slots with a run, but without a poll of this host in it.'),
  },
}

const active_sessions: View = {
  doc:
    "The sessions in each host's latest poll, where that poll is `ok`. A host that could not be " +
    'read has none here, and a warning comes with the answer.',
  columns: {
    ...snapshotColumns,
    duration_mins: col(
      'BIGINT',
      'Whole minutes from `started_at` to `observed_at`; without a start, what Azure said.',
    ),
    observed_secs_ago: col('BIGINT', 'How old this knowledge is.'),
  },
}

const sessions: View = {
  doc:
    'One row a session: one person connected to one target through one host, rebuilt from the ' +
    'snapshots of one host, session id and start. It is over when two consecutive `ok` polls of its ' +
    'host lack it, so every end has two bounds; a failed, skipped or missing poll never ends one. An ' +
    'id that comes back after that is another session.',
  columns: sessionColumns,
}

const stackql: View = {
  doc:
    "The same sessions under StackQL's name and columns, so that its queries run unchanged. The " +
    'last three match in any case.',
  columns: {
    protocol: col('VARCHAR', 'SSH or RDP.'),
    resourceType: col('VARCHAR', 'Kind of the target.'),
    sessionDurationInMins: col('DOUBLE', 'How long the session had lasted, by Azure.'),
    sessionId: col('VARCHAR', "Azure's id of the session."),
    startTime: col('VARCHAR', 'When it began, as Azure wrote it.'),
    targetHostName: col('VARCHAR', 'Name of the target.'),
    targetIpAddress: col('VARCHAR', "The target's address."),
    targetResourceGroup: col('VARCHAR', 'Resource group of the target.'),
    targetResourceId: col('VARCHAR', 'ARM id of the target, in lower case.'),
    targetSubscriptionId: col('VARCHAR', 'Subscription of the target, in lower case.'),
    userName: col('VARCHAR', 'Who is connected.'),
    resourceGroupName: col('VARCHAR', 'Resource group of the host.'),
    bastionHostName: col('VARCHAR', 'Name of the host.'),
    subscriptionId: col('VARCHAR', 'Subscription of the host.'),
  },
}

const alerts: View = {
  doc:
    'One row an alert that ever was, as it is now: a finding of a rule over time. What `watch` and ' +
    '`alerts --send` recorded; empty where neither ever ran. See [alerts](alerts.md).',
  columns: {
    ...alertColumns,
    changed_at: col('TIMESTAMPTZ', 'When it last changed.'),
  },
}

const alert_events: View = {
  doc: 'One row a change of an alert: its history, in the columns of `alerts` as they were then.',
  columns: {
    happened_at: col('TIMESTAMPTZ', 'When it happened.'),
    ...alertColumns,
    number: col('BIGINT', 'Of the record in the warehouse.'),
  },
}

const notices: View = {
  doc: 'One row a notice: what one destination is told of the alerts of one rule at one time.',
  columns: {
    ...noticeColumns,
    alert_ids: col('VARCHAR[]', 'The alerts that it tells of.'),
    changed_at: col('TIMESTAMPTZ', 'When it last changed.'),
  },
}

/** The views beside `snapshots` and `polls`, by the name under which they are queried. */
export const VIEWS: Record<string, View> = {
  runs,
  recent_runs,
  subscription_polls,
  recent_subscription_polls,
  hosts,
  latest_polls,
  coverage,
  gaps,
  active_sessions,
  sessions,
  alerts,
  alert_events,
  notices,
  'azure.network.active_sessions': stackql,
}
