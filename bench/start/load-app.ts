/**
 * Loads the app in the folder that is its argument, as the Functions worker does, and prints
 * `{ "ms": … }`: how long its entry files took. The worker itself, and Node, were there before.
 */

import process from 'node:process'

import { startHost } from '../../test/functions-host/host.ts'

const from = performance.now()
await using host = await startHost(process.argv[2] ?? '')
const ms = performance.now() - from
if (host.functions.size === 0) throw new Error('Cannot measure an app without functions')
process.stdout.write(JSON.stringify({ ms }))
