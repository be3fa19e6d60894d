/**
 * Spool start: what is known of a run before its first host is asked, kept with its answers. It
 * says which hosts a crashed run had still to ask.
 */

import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { z } from 'zod'

import type { Host } from '../domain/host.ts'
import { DISCOVERIES } from '../domain/discovery.ts'
import type { RunStart } from '../domain/run.ts'
import { SUBSCRIPTION_OUTCOMES } from '../domain/subscription.ts'

const text = z.string().nullable()
const instant = z.iso.datetime().transform((at) => new Date(at))
/** A host as it waits in a file for its poll. */
export const waitingHost = z.object({
  hostId: z.string(),
  subscriptionId: z.string(),
  resourceGroup: z.string(),
  name: z.string(),
  location: text,
  sku: text,
  scaleUnits: z.number().nullable(),
  provisioningState: text,
  features: z.record(z.string(), z.boolean()),
  tags: z.record(z.string(), z.string()),
})

const spoolStart = z.object({
  start: z.object({
    runId: z.string(),
    trigger: z.enum(['timer', 'manual', 'shard']),
    scheduledFor: instant.nullable(),
    startedAt: instant,
    discovery: z.enum(DISCOVERIES).optional(),
    filter: z
      .object({
        include: z.array(z.string()),
        exclude: z.array(z.string()),
        managementGroup: text.optional(),
      })
      .optional(),
    subscriptions: z.array(
      z.object({
        subscriptionId: z.string(),
        name: z.string(),
        state: z.string(),
        outcome: z.enum(SUBSCRIPTION_OUTCOMES),
        listedBy: z.enum(DISCOVERIES).optional(),
        hosts: z.number().nullable(),
        errorCode: text,
        errorMessage: text,
      }),
    ),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
  }),
  hosts: z.array(waitingHost),
})

const HOSTS_A_PIECE = 100

/** Writes down what is known before the first host is asked. Replaces an earlier one whole. */
export async function writeStart(
  folder: string,
  start: RunStart,
  hosts: readonly Host[],
): Promise<void> {
  const file = join(folder, 'start.json')
  await writeFile(`${file}.part`, jsonOf(start, hosts))
  await rename(`${file}.part`, file)
}

/** A piece at a time: as one text, 10,000 hosts took 15 MB. */
function* jsonOf(start: RunStart, hosts: readonly Host[]): Generator<string> {
  yield `{"start":${JSON.stringify(start)},"hosts":[`
  for (let from = 0; from < hosts.length; from += HOSTS_A_PIECE) {
    const piece = hosts.slice(from, from + HOSTS_A_PIECE).map((host) => JSON.stringify(host))
    yield `${from === 0 ? '' : ','}${piece.join(',')}`
  }
  yield ']}'
}

/** @throws {z.ZodError | SyntaxError} If it was written by another version, or damaged. */
export function parseStart(json: string): { start: RunStart; hosts: Host[] } {
  return spoolStart.parse(JSON.parse(json))
}
