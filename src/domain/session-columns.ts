/**
 * The columns of sessions that are rebuilt from snapshots: of `sessions`, and of those that a
 * closed day leaves open.
 *
 * A session is the snapshots of one key (host, session id, start) up to the first two consecutive
 * `ok` polls of its host that lack it. A failed, skipped or missing poll never ends one.
 */

import { col, key, type Columns, type Row } from './tables.ts'

const identity = {
  subscription_id: key('VARCHAR', 'Subscription of the host, in lower case.'),
  resource_group: key('VARCHAR', 'Resource group of the host, as Azure spells it.'),
  host_id: key('VARCHAR', 'ARM id of the host, in lower case.'),
  host_name: key('VARCHAR', 'Name of the host, as Azure spells it.'),
  host_location: col('VARCHAR', 'Azure region of the host.'),
  session_id: key('VARCHAR', "Azure's id of the session. It may be reused later."),
  user_name: col('VARCHAR', 'Who was connected; null where Azure always left it blank.'),
  protocol: col('VARCHAR', 'SSH or RDP.'),
  target_resource_id: col('VARCHAR', 'ARM id of the target machine, in lower case.'),
  target_host_name: col('VARCHAR', 'Name of the target machine.'),
  target_ip_address: col('VARCHAR', "The target's address."),
  target_subscription_id: col('VARCHAR', 'Subscription of the target, in lower case.'),
  target_resource_group: col('VARCHAR', 'Resource group of the target.'),
  resource_type: col('VARCHAR', 'VM, VMSS instance and the like.'),
  started_at: col('TIMESTAMPTZ', 'When the session began, by Azure; null where that is no time.'),
  start_time_raw: col('VARCHAR', 'The same, as Azure wrote it.'),
} satisfies Columns

const sightings = {
  first_seen_at: key('TIMESTAMPTZ', '`observed_at` of its first snapshot.'),
  last_seen_at: key('TIMESTAMPTZ', '`observed_at` of its last snapshot.'),
  first_run_id: key('VARCHAR', 'The run of its first snapshot.'),
  last_run_id: key('VARCHAR', 'The run of its last snapshot.'),
  snapshots: key('INTEGER', 'How many there are.'),
  missed_polls: key(
    'INTEGER',
    '`ok` polls that lacked it although a later one had it again: one at a time, or it were over.',
  ),
} satisfies Columns

/** One row a session that is over: the file of the day on which that was certain. */
export const sessionColumns = {
  ...identity,
  ...sightings,
  ended_after: col(
    'TIMESTAMPTZ',
    'It was still on then: `requested_at` of its last snapshot. Null unless it is over.',
  ),
  ended_before: col(
    'TIMESTAMPTZ',
    'It was over then, as the next poll confirmed: `observed_at` of the first of the two that lacked ' +
      'it. Null unless it is over.',
  ),
  state: key(
    'VARCHAR',
    '`active`: its host was read last time, and had it · `ending`: had it no longer, which one poll ' +
      'alone does not prove · `ended`: two polls in a row lacked it · `unknown`: its host could not ' +
      'be read last time, or is gone.',
  ),
  duration_mins_min: key(
    'BIGINT',
    'It lasted at least so many whole minutes: from `started_at`, else from when it was first ' +
      'seen, until it was certainly still on.',
  ),
  duration_mins_max: col(
    'BIGINT',
    'It lasted at most so many, rounded up: until it was certainly over. Null unless it is over. ' +
      'Without a usable `started_at` it counts from when it was first seen, and the session may have ' +
      'begun up to one poll earlier.',
  ),
  end_cause: col(
    'VARCHAR',
    '`host_event` where more than half of the sessions of its host, and at least two, ended between ' +
      'the same two polls: the host was more likely the cause than the people. Else null.',
  ),
} satisfies Columns

/** One row a session that is not over at the end of a day. */
export const openSessionColumns = {
  ...identity,
  ...sightings,
  last_requested_at: key('TIMESTAMPTZ', '`requested_at` of its last snapshot.'),
  last_poll_sessions: key('INTEGER', 'Sessions in the poll that saw it last.'),
  absent_at: col(
    'TIMESTAMPTZ',
    '`observed_at` of the one `ok` poll since then, which lacked it; null where there is none yet.',
  ),
} satisfies Columns

export type SessionRow = Row<typeof sessionColumns>
