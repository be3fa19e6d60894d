/** `maintain`: once a day, turns the closed days into one sorted file a table each. */

import { app } from '@azure/functions'

import { untilShutdown } from '../src/functions/shutdown.ts'

app.timer('maintain', {
  // A day is closed two hours after its midnight.
  schedule: '0 30 2 * * *',
  useMonitor: true,
  async handler(_timer, context) {
    const { maintainTick } = await import('../src/functions/maintain-tick.ts')
    await untilShutdown((signal) => maintainTick(context, signal))
  },
})
