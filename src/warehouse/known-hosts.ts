/**
 * Known hosts: whom to ask where a subscription cannot be listed now, and in which order.
 *
 * From the last day's runs: a subscription's hosts are those of the newest run that listed it and
 * polled them. Damaged files never stop a run; they are left out.
 */

import type { DuckDBValue } from '@duckdb/node-api'

import { z } from 'zod'

import type { Store } from '../domain/edges.ts'
import type { KnownHost } from '../domain/host.ts'
import { checkContent, checkEnds, type Damage } from './damage.ts'
import { startEngine } from './duckdb.ts'
import { mayBeDamage, UnreadableViews } from './query-error.ts'
import { recordedRuns } from './records.ts'
import { recentRuns, storedRuns, viewFiles, type RunFile } from './stored-runs.ts'
import { recentViews, type RunFiles } from './views.ts'

/** Every host of the last day's runs, as last listed. */
export async function knownHosts(store: Store): Promise<KnownHost[]> {
  const runs = await storedRuns(store, recentRuns(await recordedRuns(store)))
  if (runs.length === 0) return []
  const ends = checkEnds(runs, ['polls'])
  try {
    return await readHosts(viewFiles(runs, ends).recent)
  } catch (error) {
    if (!mayBeDamage(error)) throw error
    // Only runs that agree with their checksums: those can be read.
    const damage = await checkContent(runs)
    const whole = runs.filter(({ record, polls }) => ![record, polls].some(isIn(damage)))
    return readHosts(viewFiles(whole, damage).recent)
  }
}

function isIn(damage: Damage) {
  return ({ path }: RunFile) => damage.has(path)
}

const HOSTS = `
  WITH listed AS (
    SELECT DISTINCT subscription_id, run_id FROM raw.recent_subscription_polls
    WHERE outcome = 'ok'
  ), newest AS (
    SELECT poll.subscription_id,
      coalesce(max(poll.run_id) FILTER (listed.run_id IS NOT NULL), max(poll.run_id)) AS run_id
    FROM (SELECT DISTINCT subscription_id, run_id FROM raw.recent_polls) AS poll
    LEFT JOIN listed USING (subscription_id, run_id)
    GROUP BY poll.subscription_id
  ), answered AS (
    SELECT host_id, max(observed_at) AS last_ok_at FROM raw.recent_polls
    WHERE outcome = 'ok' GROUP BY host_id
  )
  SELECT poll.host_id, poll.subscription_id, poll.resource_group, poll.host_name,
    poll.host_location, poll.sku, poll.scale_units, poll.provisioning_state,
    poll.features, poll.tags, epoch_ms(answered.last_ok_at)
  FROM raw.recent_polls AS poll
  JOIN newest ON newest.subscription_id = poll.subscription_id AND newest.run_id = poll.run_id
  LEFT JOIN answered ON answered.host_id = poll.host_id
  ORDER BY poll.host_id`

async function readHosts(files: RunFiles): Promise<KnownHost[]> {
  using engine = await startEngine({ memory_limit: '1GB' })
  try {
    await engine.connection.run(recentViews(files))
  } catch (cause) {
    throw new UnreadableViews('Cannot make the views', { cause })
  }
  const reader = await engine.connection.runAndReadAll(HOSTS)
  return reader.getRows().map(toHost)
}

function toHost(row: readonly DuckDBValue[]): KnownHost {
  const text = (index: number) => String(row[index])
  const textOrNull = (index: number) => (row[index] === null ? null : text(index))
  const [scaleUnits, lastOkMs] = [row[6], row[10]]
  return {
    hostId: text(0),
    subscriptionId: text(1),
    resourceGroup: text(2),
    name: text(3),
    location: textOrNull(4),
    sku: textOrNull(5),
    scaleUnits: typeof scaleUnits === 'number' ? scaleUnits : null,
    provisioningState: textOrNull(7),
    features: readFeatures(row[8]),
    tags: readTags(row[9]),
    lastOkAt: typeof lastOkMs === 'bigint' ? new Date(Number(lastOkMs)) : null,
  }
}

const features = z.record(z.string(), z.boolean())
const tags = z.record(z.string(), z.string())

function readFeatures(json: DuckDBValue | undefined): KnownHost['features'] {
  return features.parse(JSON.parse(String(json ?? '{}')))
}

function readTags(json: DuckDBValue | undefined): KnownHost['tags'] {
  return tags.parse(JSON.parse(String(json ?? '{}')))
}
