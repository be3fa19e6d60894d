/** `npm run bench -- warehouse`: writing, keeping and asking. */

import type { Bench, Report } from './report.ts'
import { measureAsk } from './warehouse/ask.ts'
import { measureKeep } from './warehouse/keep.ts'

export const warehouseBench: Bench = {
  async run(options): Promise<Report> {
    const keep = await measureKeep(options)
    const ask = await measureAsk(options)
    return { tables: [keep, ask] }
  },
}
