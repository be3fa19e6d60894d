/**
 * One instance of the app, in a process of its own, which can be taken away at a chosen moment:
 * `node instance.ts FOLDER FUNCTION TRIGGER`. The trigger is JSON. `terminate` on its input ends it
 * as the Functions host does. Its log goes to stdout, one line of JSON each.
 */

import process from 'node:process'

import { startHost, type Trigger } from './host.ts'

const [folder = '', name = '', trigger = '{}'] = process.argv.slice(2)
const host = await startHost(folder)
process.stdin.on('data', () => {
  void host.terminate().then(() => process.exit(0))
})
process.stdin.unref()
try {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by the test that starts this
  await host.invoke(name, JSON.parse(trigger) as Trigger)
} catch {
  process.exitCode = 1
} finally {
  for (const entry of host.logs) process.stdout.write(`${JSON.stringify(entry)}\n`)
}
