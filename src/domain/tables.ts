/**
 * The columns of the ledger's files, declared once: row types, DuckDB's DDL and the data
 * dictionary derive from here.
 *
 * These are fixed for all files under `v1/`: DuckDB takes the schema of the first file it reads,
 * so a later file with other columns or types would lose values without a word. A change is `v2`.
 * Only types that every Parquet reader knows: no UUID (apache/spark#55684), INTERVAL or HUGEINT.
 */

import type { Host } from './host.ts'
import type { Poll } from './poll.ts'
import type { Session } from './session.ts'
import { formatInstant } from './time.ts'

/** DuckDB types, and how a value of each travels as JSON on its way into a file. */
interface WireTypes {
  VARCHAR: string
  BIGINT: number
  INTEGER: number
  DOUBLE: number
  BOOLEAN: boolean
  /** RFC 3339, UTC. */
  TIMESTAMPTZ: string
}
export type ColumnType = keyof WireTypes

export interface Column<Type extends ColumnType = ColumnType, Key extends boolean = boolean> {
  type: Type
  /** Keys are never null; everything else may be. */
  key: Key
  doc: string
}
export type Columns = Record<string, Column>

/** One row of a table, as JSON. */
export type Row<Table extends Columns> = {
  [Name in keyof Table]: Table[Name] extends Column<infer Type, infer Key>
    ? WireTypes[Type] | (Key extends true ? never : null)
    : never
}

export function key<Type extends ColumnType>(type: Type, doc: string): Column<Type, true> {
  return { type, key: true, doc }
}
export function col<Type extends ColumnType>(type: Type, doc: string): Column<Type, false> {
  return { type, key: false, doc }
}

/** One row a host in scope of a run, asked or not. */
export const pollColumns = {
  run_id: key('VARCHAR', 'The run, for example `20261123T090500Z`.'),
  requested_at: col(
    'TIMESTAMPTZ',
    'When the request that was answered left; null where none was sent.',
  ),
  observed_at: col('TIMESTAMPTZ', 'When its answer was complete; null where none was sent.'),
  subscription_id: key('VARCHAR', 'Subscription of the host, in lower case.'),
  resource_group: key('VARCHAR', 'Resource group of the host, as Azure spells it.'),
  host_id: key('VARCHAR', 'ARM id of the host, in lower case.'),
  host_name: key('VARCHAR', 'Name of the host, as Azure spells it.'),
  host_location: col('VARCHAR', 'Azure region of the host.'),
  sku: col('VARCHAR', 'Developer, Basic, Standard or Premium.'),
  scale_units: col('INTEGER', 'Instances of the host.'),
  provisioning_state: col('VARCHAR', 'Succeeded, Updating, Failed and the like.'),
  features: col('VARCHAR', 'JSON object: the `enable…` and `disable…` switches of the host.'),
  tags: col('VARCHAR', 'JSON object: the tags of the host.'),
  outcome: key(
    'VARCHAR',
    'What came of asking: `ok`, or why nothing is proven. See [Outcomes](#outcomes).',
  ),
  http_status: col('INTEGER', 'Status of the last response.'),
  error_code: col('VARCHAR', "Azure's error code, or the collector's."),
  error_message: col('VARCHAR', "Azure's words, or the collector's."),
  request_id: col('VARCHAR', "Azure's `x-ms-request-id` of the last response, for a support case."),
  response_shape: col('VARCHAR', 'The form in which the answer came, for example `array`.'),
  requests: key('INTEGER', 'HTTP requests sent: tries, pages and operation reads.'),
  retries: key('INTEGER', 'Requests that repeated a failed one.'),
  pages: key('INTEGER', 'Pages of the list.'),
  latency_ms: col('INTEGER', 'From the first request to the answer, rounded up.'),
  session_count: col('INTEGER', 'Sessions in the answer; null unless `ok`.'),
} satisfies Columns

/** One row a session seen: in one run, through one host. */
export const snapshotColumns = {
  run_id: key('VARCHAR', 'The run, for example `20261123T090500Z`.'),
  requested_at: key('TIMESTAMPTZ', 'When that host was asked.'),
  observed_at: key('TIMESTAMPTZ', "When that host's answer was complete."),
  subscription_id: key('VARCHAR', 'Subscription of the host, in lower case.'),
  resource_group: key('VARCHAR', 'Resource group of the host, as Azure spells it.'),
  host_id: key('VARCHAR', 'ARM id of the host, in lower case.'),
  host_name: key('VARCHAR', 'Name of the host, as Azure spells it.'),
  host_location: col('VARCHAR', 'Azure region of the host.'),
  session_id: key('VARCHAR', "Azure's id of the session. It may be reused later."),
  user_name: col('VARCHAR', 'Who is connected; null where Azure left it blank.'),
  protocol: col('VARCHAR', 'SSH or RDP.'),
  target_resource_id: col('VARCHAR', 'ARM id of the target machine, in lower case.'),
  target_host_name: col('VARCHAR', 'Name of the target machine.'),
  target_ip_address: col('VARCHAR', "The target's address. The client's is not in this API."),
  target_subscription_id: col('VARCHAR', 'Subscription of the target, in lower case.'),
  target_resource_group: col('VARCHAR', 'Resource group of the target.'),
  resource_type: col('VARCHAR', 'VM, VMSS instance and the like.'),
  started_at: col('TIMESTAMPTZ', '`start_time_raw` as a time; null where it is none.'),
  start_time_raw: col('VARCHAR', 'When the session began, as Azure wrote it.'),
  session_duration_mins: col('DOUBLE', 'How long the session had lasted, by Azure, in minutes.'),
  extra: col('VARCHAR', 'JSON object: fields of the answer that have no column here.'),
} satisfies Columns

export type PollRow = Row<typeof pollColumns>
export type SnapshotRow = Row<typeof snapshotColumns>

/** The row of one poll. Its run's id is settled when the run is recorded. */
export function pollRow(poll: Poll): Omit<PollRow, 'run_id'> {
  const { host } = poll
  return {
    requested_at: instant(poll.requestedAt),
    observed_at: instant(poll.observedAt),
    ...hostKeys(host),
    sku: host.sku,
    scale_units: host.scaleUnits,
    provisioning_state: host.provisioningState,
    features: JSON.stringify(host.features),
    tags: JSON.stringify(host.tags),
    outcome: poll.outcome,
    http_status: poll.httpStatus,
    error_code: poll.errorCode,
    error_message: poll.errorMessage,
    request_id: poll.requestId,
    response_shape: poll.responseShape,
    requests: poll.requests,
    retries: poll.retries,
    pages: poll.pages,
    latency_ms: poll.latencyMs,
    session_count: poll.outcome === 'ok' ? poll.sessions.length : null,
  }
}

/** The columns of `snapshots` that are the same in all rows of one poll. */
const SHARED = [
  'requested_at',
  'observed_at',
  'subscription_id',
  'resource_group',
  'host_id',
  'host_name',
  'host_location',
] as const
type SharedColumn = (typeof SHARED)[number]
type ListedColumn = Exclude<keyof SnapshotRow, SharedColumn | 'run_id'>

/** Rows of `snapshots` by column: what one poll's rows share once, everything else as a list. */
export type SnapshotGroup = Pick<SnapshotRow, SharedColumn> & {
  [Name in ListedColumn]: SnapshotRow[Name][]
}

/** Whether a column of `snapshots` is the same in all rows of one poll. */
export function isShared(column: string): boolean {
  return (SHARED as readonly string[]).includes(column)
}

/**
 * The rows of the sessions that one poll saw.
 *
 * @param sessions The poll's, or a part of them.
 * @throws {RangeError} If the poll has no times: a caller's mistake.
 */
export function snapshotGroup(poll: Poll, sessions: readonly Session[]): SnapshotGroup {
  const { requestedAt, observedAt, host } = poll
  if (!requestedAt || !observedAt) throw new RangeError('Sessions need a poll that was answered')
  return {
    requested_at: formatInstant(requestedAt),
    observed_at: formatInstant(observedAt),
    ...hostKeys(host),
    session_id: sessions.map((session) => session.sessionId),
    user_name: sessions.map((session) => session.userName),
    protocol: sessions.map((session) => session.protocol),
    target_resource_id: sessions.map((session) => session.targetResourceId),
    target_host_name: sessions.map((session) => session.targetHostName),
    target_ip_address: sessions.map((session) => session.targetIpAddress),
    target_subscription_id: sessions.map((session) => session.targetSubscriptionId),
    target_resource_group: sessions.map((session) => session.targetResourceGroup),
    resource_type: sessions.map((session) => session.resourceType),
    started_at: sessions.map((session) => instant(session.startedAt)),
    start_time_raw: sessions.map((session) => session.startTimeRaw),
    session_duration_mins: sessions.map((session) => session.sessionDurationMins),
    extra: sessions.map(({ extra }) => (extra === null ? null : JSON.stringify(extra))),
  }
}

function hostKeys(host: Host) {
  return {
    subscription_id: host.subscriptionId,
    resource_group: host.resourceGroup,
    host_id: host.hostId,
    host_name: host.name,
    host_location: host.location,
  }
}

function instant(at: Date | null): string | null {
  return at === null ? null : formatInstant(at)
}
