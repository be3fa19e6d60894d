/** `collect`: asks every host in each slot of the schedule, or leaves them to `collect-shard`. */

import { app, output } from '@azure/functions'

import { SHARD_QUEUE } from '../src/functions/shard-queue.ts'
import { untilShutdown } from '../src/functions/shutdown.ts'

const shards = output.storageQueue(SHARD_QUEUE)

app.timer('collect', {
  schedule: '%LEDGER_SCHEDULE%',
  useMonitor: true,
  extraOutputs: [shards],
  async handler(timer, context) {
    const { collectTick } = await import('../src/functions/collect-tick.ts')
    const messages = await untilShutdown((signal) => collectTick(timer, context, signal))
    if (messages.length > 0) context.extraOutputs.set(shards, messages)
  },
})
