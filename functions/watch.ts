/** `watch`: asks the rules, records what became of the alerts, and tells whoever is to be told. */

import { app } from '@azure/functions'

import { untilShutdown } from '../src/functions/shutdown.ts'

app.timer('watch', {
  schedule: '%LEDGER_WATCH_SCHEDULE%',
  // The next minute makes up for one that was missed, so nobody needs to know of it; otherwise an app
  // that is restarted would watch twice, and the host would write into its storage every minute.
  useMonitor: false,
  async handler(_timer, context) {
    const { watchTick } = await import('../src/functions/watch-tick.ts')
    await untilShutdown((signal) => watchTick(context, signal))
  },
})
