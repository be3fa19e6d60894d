/**
 * The columns of alerts as people query them: the views `alerts`, `alert_events` and `notices`.
 */

interface Column {
  /** DuckDB's type. */
  type: string
  doc: string
}

const col = (type: string, doc: string): Column => ({ type, doc })

/** What a record holds of each alert, in its order. */
export const alertColumns: Record<string, Column> = {
  alert_id: col('VARCHAR', 'Of this alert alone: its fingerprint, and when it was first found.'),
  fingerprint: col('VARCHAR', 'Of all alerts of the same rule with the same labels.'),
  rule: col('VARCHAR', "The rule's name."),
  title: col('VARCHAR', "The rule's title."),
  severity: col('VARCHAR', '`informational`, `low`, `medium`, `high` or `critical`.'),
  tags: col('VARCHAR[]', "The rule's tags: ids of MITRE ATT&CK techniques and other words."),
  summary: col('VARCHAR', 'What it is about, in one line.'),
  labels: col('VARCHAR', "JSON object: the rule's label columns, which tell its alerts apart."),
  annotations: col('VARCHAR', 'JSON object: the other columns, as they were when it last changed.'),
  hosts: col('VARCHAR[]', 'Ids of the hosts whose answers it rests on.'),
  state: col(
    'VARCHAR',
    '`pending` (found, but not for as long as its rule demands), `firing` or `resolved`. One that ' +
      'was resolved without a `firing_at` never fired.',
  ),
  event: col(
    'VARCHAR',
    'What happened to it last: it was found (`pending`, `firing`), `resolved`, could be checked no ' +
      'longer (`stale`) or again (`checked`), is gone but goes on firing for a while (`absent`) or is ' +
      'back (`found`), its notices are held back (`muted`) or no longer (`unmuted`), or it was told ' +
      'again or to one more (`repeated`).',
  ),
  stale: col('VARCHAR', 'Why it cannot be checked, and so stays as it is; null where it can.'),
  pending_at: col('TIMESTAMPTZ', 'When it was first found.'),
  firing_at: col('TIMESTAMPTZ', 'When it began to fire.'),
  absent_since: col('TIMESTAMPTZ', 'Since when it is found no more, although it could be checked.'),
  resolved_at: col('TIMESTAMPTZ', 'When it was resolved.'),
  resolved_why: col('VARCHAR', 'Why, in words.'),
  notified_at: col('TIMESTAMPTZ', 'When it was last told that it fires; null where it never was.'),
  told: col('VARCHAR', 'JSON object: the same by destination.'),
  muted_by: col('VARCHAR', 'Which silence or other rule holds its notices back.'),
}

/** What a record holds of each notice; `alerts` is what the receiver is told of. */
export const noticeColumns: Record<string, Column> = {
  key: col('VARCHAR', 'The idempotency key: the same in every attempt, and of no other notice.'),
  destination: col('VARCHAR', '`webhook`, `cloudevents`, `teams`, `slack`, `pagerduty` or `file`.'),
  rule: col('VARCHAR', 'Whose alerts it tells of.'),
  state: col(
    'VARCHAR',
    '`queued` (not taken yet), `delivered`, `rejected` (the receiver refused it, and would again) or ' +
      '`given_up` (nobody took it for seven days, or nobody that watches has its destination any more).',
  ),
  attempts: col('INTEGER', 'How often it was tried.'),
  error: col('VARCHAR', 'Why the last attempt failed.'),
  created_at: col('TIMESTAMPTZ', 'When it was planned.'),
  finished_at: col('TIMESTAMPTZ', 'When it was delivered, rejected or given up.'),
  not_before: col('TIMESTAMPTZ', 'When it is tried again at the earliest.'),
  left_out: col('INTEGER', 'How many alerts it only counts.'),
}
