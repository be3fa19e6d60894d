/**
 * The same requests by plain `node:https`: a keep-alive agent, JSON parsed, and nothing else. No gate,
 * no retry, no bound, no record: what is left is what the requests themselves cost.
 */

import { Agent, request } from 'node:https'
import process from 'node:process'

import { z } from 'zod'

import { measureRounds } from './measure.ts'

const { rounds, sockets, most } = z
  .object({ rounds: z.number(), sockets: z.number(), most: z.number().optional() })
  .parse(JSON.parse(process.argv[2] ?? '{}'))

const endpoint = new URL(process.env['LEDGER_ARM_ENDPOINT'] ?? '')
const authorization = `Bearer ${await readToken()}`
const requests = { subscriptions: 0, lists: 0, longestList: 0, sessions: 0 }
const measured = await measureRounds(rounds, async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: sockets, maxFreeSockets: sockets })
  const hosts = await askAll(agent)
  agent.destroy()
  return { hosts }
})
process.stdout.write(JSON.stringify({ rounds: measured, requests }))

interface ListPage {
  value: { id: string }[]
  nextLink?: string
}

async function askAll(agent: Agent): Promise<number> {
  const subscriptions = await list(agent, '/subscriptions?api-version=2022-12-01')
  const lists = await inParallel(subscriptions.ids, ({ id }) =>
    list(agent, `${id}/providers/Microsoft.Network/bastionHosts?api-version=2026-01-01`),
  )
  const hosts = lists.flatMap(({ ids }) => ids).slice(0, most)
  const counts = await inParallel(hosts, async ({ id }) => {
    const path = `${id}/getActiveSessions?api-version=2026-01-01`
    return (await ask(agent, 'POST', path)).value.length
  })
  requests.subscriptions = subscriptions.pages
  requests.lists = lists.reduce((sum, { pages }) => sum + pages, 0)
  requests.longestList = Math.max(...lists.map(({ pages }) => pages))
  requests.sessions = hosts.length
  return counts.length
}

async function list(agent: Agent, path: string): Promise<{ ids: { id: string }[]; pages: number }> {
  const ids: { id: string }[] = []
  let pages = 0
  for (let next: string | undefined = path; next !== undefined; pages += 1) {
    const { value, nextLink }: ListPage = await ask(agent, 'GET', next)
    ids.push(...value)
    next = nextLink?.replace(endpoint.origin, '')
  }
  return { ids, pages }
}

async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  let index = 0
  await Promise.all(
    Array.from({ length: sockets }, async () => {
      for (let item = items[index++]; item !== undefined; item = items[index++]) {
        results.push(await work(item))
      }
    }),
  )
  return results
}

function ask(agent: Agent, method: string, path: string): Promise<ListPage> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = endpoint
    const headers = { authorization, accept: 'application/json' }
    const sent = request({ agent, hostname, port, method, path, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const page: ListPage = JSON.parse(Buffer.concat(chunks).toString())
        resolve(page)
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** From the same identity endpoint that the ledger's credential asks. */
async function readToken(): Promise<string> {
  const url = new URL(process.env['IDENTITY_ENDPOINT'] ?? '')
  url.searchParams.set('api-version', '2019-08-01')
  url.searchParams.set('resource', endpoint.origin)
  const response = await fetch(url, {
    headers: { 'x-identity-header': process.env['IDENTITY_HEADER'] ?? '' },
  })
  return z.object({ access_token: z.string() }).parse(await response.json()).access_token
}
