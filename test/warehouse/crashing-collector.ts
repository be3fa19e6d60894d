/**
 * A collector that is killed: records the hosts `h0` to `h9`, with as many sessions as their number,
 * waiting for the given time after each. It says on stdout how many it was told.
 */

import { setTimeout as wait } from 'node:timers/promises'

import { host, okPoll, openWarehouse, runStart, session } from './temp-warehouse.ts'

const [root = '', slot = '', pauseMs = '0', end = 'hang'] = process.argv.slice(2)
const hosts = Array.from({ length: 10 }, (_, index) => host(`h${index}`))
const { ledger } = openWarehouse(root)
await using writer = await ledger.begin(runStart(slot, hosts), hosts)
for (const [index, one] of hosts.entries()) {
  const sessions = Array.from({ length: index }, (_, number) => session(`${index}-${number}`))
  await writer.add(okPoll(one, slot, sessions))
  process.stdout.write(`${index + 1}\n`)
  await wait(Number(pauseMs))
}
if (end === 'hang') await wait(60_000)
await writer.commit(new Date(slot))
process.stdout.write('committed\n')
