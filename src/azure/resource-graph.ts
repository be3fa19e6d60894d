/**
 * Resource Graph: the hosts of many subscriptions by one query.
 *
 * It is an index. It lags (Microsoft names up to 30 hours for a new resource), it once gave a part
 * of the resources for days (azure-sdk-for-net #14403), and of subscriptions that the identity
 * cannot read it says nothing. So the query also asks which of the subscriptions it knows: silence
 * about one of them is then not taken for "no hosts".
 *
 * @see https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources
 */

import { z } from 'zod'

import { WireFormatError } from '../domain/errors.ts'
import type { HostSearch } from '../domain/edges.ts'
import { parseHost, type Host } from '../domain/host.ts'
import type { ArmResponse } from './arm.ts'
import type { Asking } from './asking.ts'
import { uniqueBy } from './lists.ts'
import { notAList } from './pages.ts'
import { Refusal } from './refusal.ts'

const API_VERSION = '2022-10-01'

// Microsoft advises fewer than 300 subscriptions a query.
const BATCH = 250
const MAX_PAGES = 200

// The id must be among the columns, or there is no $skipToken; sorted by it, pages do not overlap.
const QUERY = `resourcecontainers
| where type =~ 'microsoft.resources/subscriptions'
| project id, type
| union (resources
  | where type =~ 'microsoft.network/bastionhosts'
  | project id, type, location, tags, sku, properties)
| order by id asc`

const wirePage = z.looseObject({
  data: z.array(z.looseObject({ id: z.string() })),
  totalRecords: z.number(),
  resultTruncated: z.union([z.string(), z.boolean()]).nullish(),
  $skipToken: z.string().nullish(),
})
type Row = z.output<typeof wirePage>['data'][number]

/**
 * Asks for the hosts of these subscriptions, batch after batch: with one query in flight the quota
 * that an answer tells is what is left for the next one.
 *
 * @param askingOf Begins an asking: each batch has its own time.
 * @throws Only the signal's reason.
 */
export async function searchHosts(
  askingOf: () => Asking,
  origin: string,
  subscriptionIds: readonly string[],
): Promise<HostSearch> {
  const found = new Map<string, Host[]>()
  let pauseMs = 0
  for (let from = 0; from < subscriptionIds.length; from += BATCH) {
    const batch = subscriptionIds.slice(from, from + BATCH)
    const asking = askingOf()
    try {
      await asking.wait(pauseMs)
      const { rows, pauseMs: next } = await readRows(asking, origin, batch)
      pauseMs = next
      for (const [id, hosts] of hostsBySubscription(rows, new Set(batch))) found.set(id, hosts)
    } catch (error) {
      // The rest is listed otherwise, while there is time for it.
      return { found, error: reasonOf(error) }
    }
  }
  return { found, error: null }
}

async function readRows(
  asking: Asking,
  origin: string,
  subscriptions: readonly string[],
): Promise<{ rows: Row[]; pauseMs: number }> {
  const url = `${origin}/providers/Microsoft.ResourceGraph/resources?api-version=${API_VERSION}`
  const rows: Row[] = []
  let skipToken: string | null = null
  for (let pages = 1; ; pages += 1) {
    const options = {
      $top: 1000,
      resultFormat: 'objectArray',
      ...(skipToken && { $skipToken: skipToken }),
    }
    const body = { subscriptions, query: QUERY, options }
    const response = await asking.send({ method: 'POST', url, body })
    const page = pageOf(response)
    rows.push(...page.data)
    const pauseMs = quotaPauseMs(response.headers)
    const next = page.$skipToken ?? null
    if (next === null) {
      if (String(page.resultTruncated) !== 'true' && rows.length === page.totalRecords) {
        return { rows, pauseMs }
      }
      throw incomplete(`${rows.length} of ${page.totalRecords} rows`)
    }
    if (next === skipToken || pages === MAX_PAGES) throw incomplete('pages without end')
    skipToken = next
    await asking.wait(pauseMs)
  }
}

function pageOf(response: ArmResponse) {
  if (response.status !== 200 || response.body.kind !== 'json') throw notAList(response)
  const parsed = wirePage.safeParse(response.body.value)
  if (!parsed.success) throw notAList(response)
  return parsed.data
}

function incomplete(what: string): Refusal {
  return new Refusal('malformed', 'Incomplete', `Resource Graph gave ${what}`)
}

/** The hosts of each subscription that Resource Graph knows, by the rows of one batch. */
function hostsBySubscription(
  rows: readonly Row[],
  asked: ReadonlySet<string>,
): Map<string, Host[]> {
  const found = new Map<string, Host[]>()
  const hosts: Host[] = []
  for (const row of rows) {
    const [, container] = /^\/subscriptions\/([^/]+)$/.exec(row.id.toLowerCase()) ?? []
    if (container === undefined) hosts.push(parseHost(row))
    else if (asked.has(container)) found.set(container, [])
  }
  for (const host of uniqueBy(hosts, ({ hostId }) => hostId)) {
    if (!asked.has(host.subscriptionId)) {
      throw new WireFormatError('Resource Graph gave a host of another subscription')
    }
    // A subscription with a host but without a row of its own is not wholly readable.
    found.get(host.subscriptionId)?.push(host)
  }
  return found
}

/** How long to wait before the next query, where the quota of 15 in 5 seconds is used up. */
export function quotaPauseMs(headers: Record<string, string>): number {
  if (headers['x-ms-user-quota-remaining']?.trim() !== '0') return 0
  const match = /^(\d{1,2}):(\d{2}):(\d{2})/.exec(headers['x-ms-user-quota-resets-after'] ?? '')
  if (!match) return 5000
  const [hours = 0, minutes = 0, seconds = 0] = match.slice(1).map(Number)
  return ((hours * 60 + minutes) * 60 + seconds) * 1000
}

function reasonOf(error: unknown): { code: string; message: string } {
  if (error instanceof WireFormatError) return { code: 'NotAHost', message: error.message }
  if (!(error instanceof Refusal)) throw error
  return { code: error.errorCode, message: error.message }
}
