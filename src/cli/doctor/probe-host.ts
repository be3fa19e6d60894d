/**
 * Asks one host, and prints the form of what went to and fro: a document that can be shown to
 * anybody.
 */

import manifest from '../../../package.json' with { type: 'json' }
import { NETWORK_API_VERSION } from '../../domain/cloud.ts'
import { filterOf, type Settings } from '../../domain/settings.ts'
import { findHost } from '../../jobs/find-host.ts'
import type { Context } from '../context.ts'
import { EXIT } from '../exit-code.ts'

/** @param wanted ARM id or name; null for the first host that there is. */
export async function probeHost(
  context: Context,
  settings: Settings,
  wanted: string | null,
): Promise<void> {
  const { stdout, interrupted: signal } = context.terminal
  await using connection = await context.connect(settings)
  const filter = filterOf(settings)
  const host = await findHost(connection.azure, { wanted, filter }, signal)
  const { outcome, responseShape, requests, exchanges } = await connection.inspection.probeHost(
    host,
    signal,
  )
  context.exitCode = outcome === 'ok' ? EXIT.ok : EXIT.partial
  const document = {
    program: `${manifest.name} ${manifest.version}`,
    node: connection.inspection.nodeVersion,
    api_version: NETWORK_API_VERSION,
    cloud: settings.armEndpoint === null ? settings.cloud : 'another endpoint',
    outcome,
    response_shape: responseShape,
    requests,
    exchanges,
  }
  await stdout.write(`${JSON.stringify(document, null, 2)}\n`)
}
