/**
 * What both rivals share: the SDK's clients, used as its documentation shows.
 */

import process from 'node:process'

import { NetworkManagementClient, type BastionHost } from '@azure/arm-network'
import { DefaultAzureCredential } from '@azure/identity'
import { z } from 'zod'

/** Made by the SDK, as for any subscription of a list in somebody's configuration. */
export function createClient(subscriptionId: string): NetworkManagementClient {
  return new NetworkManagementClient(credential, subscriptionId, {
    endpoint,
    credentials: { scopes: [`${endpoint}/.default`] },
  })
}

const endpoint = process.env['LEDGER_ARM_ENDPOINT'] ?? ''
const credential = new DefaultAzureCredential()

/** The ids that such a program would have in its configuration. */
export async function readSubscriptions(): Promise<string[]> {
  const token = await credential.getToken(`${endpoint}/.default`)
  const response = await fetch(`${endpoint}/subscriptions?api-version=2022-12-01`, {
    headers: { authorization: `Bearer ${token.token}` },
  })
  const list = z.object({ value: z.array(z.object({ subscriptionId: z.string() })) })
  return list.parse(await response.json()).value.map(({ subscriptionId }) => subscriptionId)
}

export async function readSessions(
  client: NetworkManagementClient,
  { id = '', name = '' }: BastionHost,
): Promise<string[]> {
  const resourceGroup = id.split('/')[4] ?? ''
  const sessions: string[] = []
  for await (const { sessionId } of client.getActiveSessions(resourceGroup, name)) {
    sessions.push(sessionId ?? '')
  }
  return sessions
}

/** What was read, and what was caught. */
export function createNotes() {
  const startMs = Date.now()
  const sessions: Record<string, string[]> = {}
  const errors: Record<string, number> = {}
  return {
    read({ id = '' }: BastionHost, found: string[]) {
      sessions[id.toLowerCase()] = found
    },
    caught(error: unknown) {
      const code: unknown = error instanceof Error && 'code' in error ? error.code : null
      const name = error instanceof Error ? error.name : String(error)
      const why = typeof code === 'string' ? code : name
      errors[why] = (errors[why] ?? 0) + 1
    },
    print() {
      process.stdout.write(JSON.stringify({ startMs, endMs: Date.now(), sessions, errors }))
    },
  }
}
