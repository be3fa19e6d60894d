/** `collect-shard-poison`: records the hosts of a shard that failed too often as not asked. */

import { app } from '@azure/functions'

import { POISON_QUEUE } from '../src/functions/shard-queue.ts'
import { untilShutdown } from '../src/functions/shutdown.ts'

app.storageQueue('collect-shard-poison', {
  ...POISON_QUEUE,
  async handler(message, context) {
    const { giveUpMessage } = await import('../src/functions/shard-messages.ts')
    await untilShutdown(() => giveUpMessage(message, context))
  },
})
