/** Azure as the ledger sees it, over HTTPS and the SDK's pipeline, with the simulator behind it. */

import { openCredential } from '../src/azure/credential.ts'
import { openSource, type AzureInspection, type SourceOptions } from '../src/azure/source.ts'
import type { BastionSource, Clock } from '../src/domain/edges.ts'
import type { Host } from '../src/domain/host.ts'
import { parseHost } from '../src/domain/host.ts'
import type { EstateHost } from '../src/simulator/estate.ts'
import type { Simulator } from '../src/simulator/simulator.ts'
import { systemClock } from '../src/system/clock.ts'
import { fixedDice } from './fakes.ts'

/** Bounds that a test can wait for. */
export const QUICK = {
  concurrency: 8,
  requestTimeoutMs: 500,
  hostTimeoutMs: 2500,
  maxRetryAfterMs: 2000,
  maxRetries: 3,
  maxResponseBytes: 1024 * 1024,
}

/** Opens the real adapter, with the real credential, on a simulator. */
export function openSimulated(
  simulator: Simulator,
  { clock = systemClock, ...bounds }: Partial<SourceOptions> & { clock?: Clock } = {},
): BastionSource & AzureInspection & Disposable {
  Object.assign(process.env, simulator.env)
  return openSource(
    { clock, dice: fixedDice(), credential: openCredential('https://login.microsoftonline.com') },
    {
      ...QUICK,
      endpoint: simulator.endpoint,
      scope: simulator.scope,
      ca: simulator.ca,
      userAgent: 'bastion-ledger/test',
      ...bounds,
    },
  )
}

/** A host of the estate, as a listing would give it. */
export function hostOf({ armId }: EstateHost): Host {
  return parseHost({ id: armId })
}
