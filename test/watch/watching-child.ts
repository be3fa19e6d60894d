/** What watching-process.ts starts: it watches at every moment that it is told. */

import process from 'node:process'

import { openNotifiers } from '../../src/notify/open-notifiers.ts'
import { parseSettings } from '../../src/domain/parse-settings.ts'
import { openWatched, ruleOf } from './watched.ts'

const [root = '', url = '', ca = ''] = process.argv.slice(2)
const settings = parseSettings({
  LEDGER_NOTIFY_WEBHOOK: url,
  LEDGER_NOTIFY_PRIVATE_HOSTS: '127.0.0.1',
})
let points = 0
let last = Infinity
/** The places at which a crash would be worst: before and after each record, and after each sending. */
const point = () => {
  points += 1
  if (points >= last) process.kill(process.pid, 'SIGKILL')
}

const watched = openWatched(root, {
  rules: [ruleOf({ repeatMs: 20 * 60_000 })],
  notifiers: openNotifiers(settings, { version: '0.0.0', ca }).map((notifier) => ({
    ...notifier,
    async send(...given) {
      const delivery = await notifier.send(...given)
      point()
      return delivery
    },
  })),
  // The same, wherever the warehouse is: keys are made of it.
  location: 'ledger',
  dice: Math.random,
  wrapLog: (log) => ({
    ...log,
    async append(record) {
      point()
      const isAdded = await log.append(record)
      point()
      return isAdded
    },
  }),
})

process.on('message', ({ at, dieAt }: { at: string; dieAt: number | null }) => {
  points = 0
  last = dieAt ?? Infinity
  void watched.watchAt(at).then(() => process.send?.(at))
})
process.send?.('ready')
