/** `health`: says whether the ledger is being written. Open to anybody, and tells no secret. */

import { app } from '@azure/functions'

app.http('health', {
  methods: ['GET'],
  authLevel: 'anonymous',
  route: 'health',
  async handler(_request, context) {
    const { healthReport } = await import('../src/functions/health-report.ts')
    return healthReport(context)
  },
})
