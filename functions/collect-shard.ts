/** `collect-shard`: asks the hosts of one shard of a run that is too large for one instance. */

import { app } from '@azure/functions'

import { SHARD_QUEUE } from '../src/functions/shard-queue.ts'
import { untilShutdown } from '../src/functions/shutdown.ts'

app.storageQueue('collect-shard', {
  ...SHARD_QUEUE,
  async handler(message, context) {
    const { collectMessage } = await import('../src/functions/shard-messages.ts')
    await untilShutdown((signal) => collectMessage(message, context, signal))
  },
})
