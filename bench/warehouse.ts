/** `npm run bench -- warehouse`: writing, keeping and asking. */

import type { Bench, Report } from './report.ts'
import { measureAsk } from './warehouse/ask.ts'
import { measureKeep } from './warehouse/keep.ts'
import { measureWrite } from './warehouse/write.ts'

export const warehouseBench: Bench = {
  async run(options): Promise<Report> {
    const write = await measureWrite(options)
    const keep = await measureKeep(options)
    const ask = await measureAsk(options)
    return { tables: [write, keep, ...ask] }
  },
}
