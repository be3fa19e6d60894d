/**
 * Known hosts: whom to ask where a subscription cannot be listed now, and in which order.
 *
 * From the last day's runs: a subscription's hosts are those of the newest run that listed it and
 * polled them. Damaged files never stop a run; they are left out.
 */

import { z } from 'zod'

import type { Store } from '../domain/edges.ts'
import type { KnownHost } from '../domain/host.ts'
import { hostTotals, type RunRecord } from '../domain/run.ts'
import { readCatalog, type Catalog } from './catalog.ts'
import { checkContent } from './damage.ts'
import { literal, startEngine, type Engine } from './duckdb.ts'
import { gather } from './gather.ts'
import { mayBeDamage, UnreadableViews } from './query-error.ts'
import { openQuestionFolder } from './question-folder.ts'
import { readRecord } from './records.ts'
import { ALL_RUNS } from './reach.ts'
import { waitingHost } from './spool-start.ts'
import { pathsOf, viewFiles } from './stored-files.ts'
import type { ViewFiles } from './view-tables.ts'
import { knownHostViews } from './views.ts'

// Snapshots say nothing of whom to ask.
const REACH = { 'raw.recent_polls': ALL_RUNS, 'raw.recent_records': ALL_RUNS }

/**
 * Every host of the last day's runs, as last listed.
 *
 * @param scratch A folder of this machine.
 */
export async function knownHosts(store: Store, scratch: string): Promise<KnownHost[]> {
  const catalog = await readCatalog(store)
  if (!catalog) return []
  const complete = await lastCompleteRun(store, catalog)
  const recentFrom = complete?.run_id ?? catalog.recentFrom
  const hosts = await readRecent(store, scratch, { ...catalog, recentFrom }, { complete })
  // Null where a file is damaged, so that more have to be read.
  return hosts ?? (await readRecent(store, scratch, catalog, { aroundDamage: true })) ?? []
}

interface ReadOptions {
  /** The run that everything begins with, where that is a complete one. */
  complete?: RunRecord | null
  aroundDamage?: boolean
}

/** @returns null where a file is damaged, unless it is to be read around that. */
async function readRecent(
  store: Store,
  scratch: string,
  catalog: Catalog,
  { complete = null, aroundDamage = false }: ReadOptions,
): Promise<KnownHost[] | null> {
  using question = openQuestionFolder(scratch)
  const bring = { folder: question.path }
  const gathered = await gather(store, REACH, bring, { catalog })
  if (!aroundDamage && gathered.damage.size > 0) return null
  const [polls, ...others] = gathered.parts.filter(({ files }) => files.polls)
  try {
    if (complete && polls?.id === complete.run_id && polls.files.polls && others.length === 0) {
      return await hostsOf(complete, polls.files.polls.file)
    }
    return await readHosts(
      viewFiles(gathered.parts, gathered.damage, { catalog: gathered.catalog, reach: REACH }),
    )
  } catch (error) {
    if (!mayBeDamage(error)) throw error
    if (!aroundDamage) return null
    // Only runs that agree with their checksums: those can be read.
    const found = await checkContent(store, gathered.parts, bring)
    const again = await gather(store, REACH, bring, {
      ...gathered,
      damage: new Map([...gathered.damage, ...found]),
    })
    const whole = again.parts.filter((part) => !pathsOf([part]).some((path) => found.has(path)))
    return readHosts(viewFiles(whole, again.damage, { catalog: again.catalog, reach: REACH }))
  }
}

// To read the records of more costs as much as it could save.
const LOOKED_AT = 3

/**
 * The newest run that knows all that older ones do: with it there is nothing more to learn from
 * them. A day of runs would take half a second to read, before every run.
 */
async function lastCompleteRun(store: Store, { runIds }: Catalog): Promise<RunRecord | null> {
  for (const runId of runIds.slice(-LOOKED_AT).toReversed()) {
    const record = await readRecord(store, runId)
    if (record && isComplete(record)) return record
  }
  return null
}

/**
 * Whether a run had everybody in scope, and asked every host of every subscription that it could
 * list, and no others: hosts of a subscription that it could not list are those of an older run.
 */
function isComplete({ trigger, error_code, scope, shards, counts, subscriptions }: RunRecord) {
  if (trigger === 'shard' || shards || error_code !== null || !scope) return false
  const { include, exclude, management_group } = scope
  if (include.length > 0 || exclude.length > 0 || management_group !== null) return false
  const listed = subscriptions.filter(({ outcome }) => outcome === 'ok')
  const hosts = listed.reduce((sum, one) => sum + (one.hosts ?? 0), 0)
  return !counts.skipped_deadline && hostTotals(counts).expected === hosts
}

// The shards of a run share all but their ending, and together they are the run.
const WHOLE = "split_part(run_id, '.s', 1)"

/** The hosts of polls as one JSON text: to make values of single cells took longer than the query. */
function asJson(lastAskedAt: string, listedAt: string, subscriptionName: string): string {
  return `to_json(list({
    hostId: poll.host_id, subscriptionId: poll.subscription_id,
    resourceGroup: poll.resource_group, name: poll.host_name,
    location: poll.host_location, sku: poll.sku, scaleUnits: poll.scale_units,
    provisioningState: poll.provisioning_state, features: poll.features, tags: poll.tags,
    lastAskedAt: epoch_ms(${lastAskedAt}), listedAt: epoch_ms(${listedAt}),
    subscriptionName: ${subscriptionName}
  } ORDER BY poll.host_id))`
}

// Not materialized: DuckDB would keep every column of every poll.
const HOSTS = `
  WITH polls AS NOT MATERIALIZED (
    SELECT *, ${WHOLE} AS run FROM raw.recent_polls
  ), subscriptions AS (
    SELECT subscription_id, ${WHOLE} AS run, min(started_at) AS started_at,
      arg_max(subscription_name, run_id) AS name,
      bool_and(outcome = 'ok' AND left(run_id, 16) NOT IN (SELECT slot_id FROM raw.recent_unfinished))
        AS listed
    FROM raw.recent_subscription_polls GROUP BY ALL
  ), names AS (
    SELECT subscription_id, arg_max(name, run) AS name FROM subscriptions GROUP BY ALL
  ), newest AS (
    SELECT seen.subscription_id, coalesce(max(run) FILTER (listed), max(run)) AS run,
      max(started_at) FILTER (listed) AS listed_at
    FROM (SELECT DISTINCT subscription_id, run FROM polls) AS seen
    LEFT JOIN subscriptions USING (subscription_id, run)
    GROUP BY ALL
  ), asked AS (
    SELECT host_id, max(observed_at) AS last_asked_at FROM polls GROUP BY host_id
  )
  SELECT ${asJson('last_asked_at', 'listed_at', 'coalesce(names.name, poll.subscription_id)')}
  FROM polls AS poll
  JOIN newest ON newest.subscription_id = poll.subscription_id AND newest.run = poll.run
  LEFT JOIN asked ON asked.host_id = poll.host_id
  LEFT JOIN names ON names.subscription_id = poll.subscription_id`

async function readHosts(files: ViewFiles): Promise<KnownHost[]> {
  using engine = await startEngine({ memory_limit: '1GB' })
  try {
    await engine.connection.run(knownHostViews(files))
  } catch (cause) {
    throw new UnreadableViews('Cannot make the views', { cause })
  }
  return await ask(engine, HOSTS)
}

/** The same of one complete run, with which there is nothing to compare: in half the time. */
async function hostsOf(record: RunRecord, polls: string): Promise<KnownHost[]> {
  using engine = await startEngine({ memory_limit: '1GB' })
  const hosts = await ask(
    engine,
    `SELECT ${asJson('poll.observed_at', 'NULL::TIMESTAMPTZ', 'poll.subscription_id')}
     FROM read_parquet(${literal(polls)}, hive_partitioning = false) AS poll`,
  )
  const subscriptions = new Map(record.subscriptions.map((one) => [one.subscription_id, one]))
  const startedAt = new Date(record.started_at)
  return hosts.map((host) => {
    const { name = host.subscriptionName, outcome } = subscriptions.get(host.subscriptionId) ?? {}
    return { ...host, subscriptionName: name, listedAt: outcome === 'ok' ? startedAt : null }
  })
}

async function ask({ connection }: Engine, sql: string): Promise<KnownHost[]> {
  const reader = await connection.runAndReadAll(sql)
  const [[json] = []] = reader.getRows()
  return rows.parse(JSON.parse(String(json ?? '[]')))
}

const instant = z
  .number()
  .nullable()
  .transform((ms) => (ms === null ? null : new Date(ms)))
// Read here: DuckDB refuses half a surrogate pair, which Azure could write and `JSON.stringify` does.
const { features, tags } = waitingHost.shape
const object = z
  .string()
  .nullable()
  .transform((json): unknown => JSON.parse(json ?? '{}'))
const rows = z.array(
  waitingHost.extend({
    features: object.pipe(features),
    tags: object.pipe(tags),
    lastAskedAt: instant,
    listedAt: instant,
    subscriptionName: z.string(),
  }),
)
