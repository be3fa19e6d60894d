/**
 * A made-up estate, as rows in SQL: hosts, sessions of some hours, and a poll of every host in every
 * slot. Of fifty sessions one has no user, as Azure has it of some native clients, and one was made to
 * an address, without the name of a machine. Seeded: the same numbers always give the same rows.
 */

import type { DuckDBConnection } from '@duckdb/node-api'

import { slotRunId } from '../../src/domain/run.ts'

export interface EstateSize {
  hosts: number
  /** Sessions at the same time, on average. */
  concurrent: number
  /** The first day. */
  from: string
  days: number
}

const SLOT_SECS = 300
const MEAN_HOURS = 3.5
const DAY_SECS = 86_400
/** People, for each session at a time: a tenth of them is on. */
const USERS = 10

/** Makes the tables `truth_hosts` and `truth_sessions`. */
export async function makeTruth(
  connection: DuckDBConnection,
  { hosts, concurrent, from, days }: EstateSize,
): Promise<void> {
  // Sessions begin a day early, so that the first day is like any other.
  const count = Math.round(((days + 1) * 24 * concurrent) / MEAN_HOURS)
  await connection.run(`
    CREATE OR REPLACE TABLE truth_hosts AS
    SELECT h, sub, 'bas-hub-' || h AS host_name, 'rg-hub-' || h % 50 AS rg,
      '/subscriptions/' || sub || '/resourcegroups/rg-hub-' || h % 50 ||
        '/providers/microsoft.network/bastionhosts/bas-hub-' || h AS host_id
    FROM (SELECT h, substr(md5((h // 20)::VARCHAR), 1, 8) || '-2f1a-4c3d-9e8b-' ||
      substr(md5((h // 20)::VARCHAR), 9, 12) AS sub FROM range(${hosts}) AS t(h));
    CREATE OR REPLACE TABLE truth_sessions AS
    SELECT h, id, epoch('${from}'::TIMESTAMP)::BIGINT - ${DAY_SECS} + (hash(id * 7 + 2) % ${(days + 1) * DAY_SECS})::BIGINT AS start_s,
      greatest(120, -ln((hash(id * 7 + 3) % 1000000 + 1) / 1000001.0) * ${MEAN_HOURS * 3600})::BIGINT AS secs,
      substr(key, 1, 8) || '-' || substr(key, 9, 4) || '-' || substr(key, 13, 4) || '-' || substr(key, 17, 4) || '-' || substr(key, 21, 12) AS session_id,
      CASE WHEN hash(id * 7 + 8) % 50 > 0 THEN 'user' || hash(id * 7 + 4) % ${concurrent * USERS} || '@contoso.example' END AS user_name,
      hash(id * 7 + 9) % 50 > 0 AS is_by_name,
      CASE WHEN hash(id * 7 + 5) % 3 = 0 THEN 'rdp' ELSE 'ssh' END AS protocol, hash(id * 7 + 6) % 40 AS target
    FROM (SELECT id, md5(id::VARCHAR) AS key, (hash(id * 7 + 1) % ${hosts})::BIGINT AS h FROM range(${count}) AS t(id))`)
}

/** When a host is asked in a slot, in milliseconds: one after the other, and never quite the same. */
const ASKED = '(slot * 1000 + h * 20 % 60000 + (hash(h * 31 + slot) % 2000)::BIGINT)'
const ANSWERED = `(${ASKED} + 20 + (hash(h * 37 + slot) % 300)::BIGINT)`
const FAILS = 'hash(h * 1000003 + slot) % 200 = 0'
const RUN = `strftime(make_timestamp(slot * 1000000), '%Y%m%dT%H%M%SZ')`
const time = (ms: string) => `epoch_ms(${ms}) AT TIME ZONE 'UTC'`

export interface Slots {
  /** Seconds since 1970. */
  fromSecs: number
  toSecs: number
}

export function slotsOf(date: string, days = 1): Slots {
  const fromSecs = Date.parse(`${date}T00:00:00Z`) / 1000
  return { fromSecs, toSecs: fromSecs + days * DAY_SECS }
}

/** Rows of `snapshots`, as a relation. */
export function snapshotRows({ fromSecs, toSecs }: Slots): string {
  return `(
    SELECT ${RUN} AS run_id, ${time(ASKED)} AS requested_at, ${time(ANSWERED)} AS observed_at,
      sub AS subscription_id, rg AS resource_group, host_id, host_name, 'westeurope' AS host_location,
      session_id, user_name, protocol,
      CASE WHEN is_by_name THEN '/subscriptions/' || sub || '/resourcegroups/rg-app/providers/microsoft.compute/virtualmachines/vm-' || h || '-' || target END AS target_resource_id,
      CASE WHEN is_by_name THEN 'vm-' || h || '-' || target END AS target_host_name, '10.' || h % 200 || '.' || target || '.4' AS target_ip_address,
      sub AS target_subscription_id, 'rg-app' AS target_resource_group, 'VM' AS resource_type,
      ${time('start_s * 1000')} AS started_at,
      strftime(make_timestamp(start_s * 1000000), '%Y-%m-%dT%H:%M:%S.0000000Z') AS start_time_raw,
      ((slot - start_s) // 60)::DOUBLE AS session_duration_mins, NULL::VARCHAR AS extra
    FROM (
      SELECT s.*, unnest(range(
        greatest(${fromSecs}, (start_s + ${SLOT_SECS - 1}) // ${SLOT_SECS} * ${SLOT_SECS}),
        least(${toSecs}, start_s + secs), ${SLOT_SECS})) AS slot
      FROM truth_sessions AS s WHERE start_s < ${toSecs} AND start_s + secs > ${fromSecs}
    ) JOIN truth_hosts USING (h) WHERE NOT (${FAILS}))`
}

/** Rows of `polls`, as a relation. */
export function pollRows(slots: Slots): string {
  return `(
    SELECT ${RUN} AS run_id, ${time(ASKED)} AS requested_at, ${time(ANSWERED)} AS observed_at,
      sub AS subscription_id, rg AS resource_group, host_id, host_name, 'westeurope' AS host_location,
      'Standard' AS sku, 2::INTEGER AS scale_units, 'Succeeded' AS provisioning_state,
      '{"enableTunneling":true}' AS features, '{}' AS tags,
      CASE WHEN ${FAILS} THEN 'timeout' ELSE 'ok' END AS outcome,
      CASE WHEN ${FAILS} THEN NULL ELSE 200 END::INTEGER AS http_status, NULL::VARCHAR AS error_code,
      NULL::VARCHAR AS error_message, md5((h * 41 + slot)::VARCHAR) AS request_id, 'array' AS response_shape,
      1::INTEGER AS requests, 0::INTEGER AS retries, 1::INTEGER AS pages,
      (20 + hash(h * 37 + slot) % 300)::INTEGER AS latency_ms,
      CASE WHEN NOT (${FAILS}) THEN coalesce(seen, 0) END::INTEGER AS session_count
    FROM (SELECT unnest(range(${slots.fromSecs}, ${slots.toSecs}, ${SLOT_SECS})) AS slot) CROSS JOIN truth_hosts
    LEFT JOIN (
      SELECT host_id AS seen_by, run_id AS seen_in, count(*) AS seen FROM ${snapshotRows(slots)} GROUP BY ALL
    ) ON seen_by = host_id AND seen_in = ${RUN})`
}

/** Ids of the runs, in order. */
export function runIdsOf({ fromSecs, toSecs }: Slots): string[] {
  const count = Math.ceil((toSecs - fromSecs) / SLOT_SECS)
  return Array.from({ length: count }, (_, index) =>
    slotRunId(new Date((fromSecs + index * SLOT_SECS) * 1000)),
  )
}
