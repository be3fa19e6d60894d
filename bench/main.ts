/**
 * Benchmarks: `npm run bench -- <name>`. Each prints ratios, beside their limits.
 *
 * A ratio compares two measurements of the same run on the same machine, so it means the same on a
 * slow machine as on a fast one. Nothing here is a test: a noisy neighbour must not fail a build.
 */

import process from 'node:process'
import { parseArgs } from 'node:util'

import type { Bench } from './report.ts'

const BENCHES: Record<string, () => Promise<Bench>> = {
  collect: async () => (await import('./collect.ts')).collectBench,
  start: async () => (await import('./start.ts')).startBench,
  warehouse: async () => (await import('./warehouse.ts')).warehouseBench,
  watch: async () => (await import('./watch.ts')).watchBench,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
})
const [name = '', ...rest] = positionals
const load = Object.hasOwn(BENCHES, name) && rest.length === 0 ? BENCHES[name] : undefined
if (load) {
  const { quick, write } = values
  const { printReport, writeReport } = await import('./report.ts')
  const bench = await load()
  const report = await bench.run({ quick, say: (text) => process.stderr.write(`${text}\n`) })
  process.stdout.write(printReport(report))
  if (write) await writeReport(name, report, { quick })
} else {
  process.stdout.write(
    `Usage: npm run bench -- <name> [--quick] [--write]\n\n` +
      `  --quick  a short run, on smaller estates\n` +
      `  --write  put the result into docs/benchmarks.md\n\n` +
      `Names: ${Object.keys(BENCHES).join(', ')}\n`,
  )
  process.exitCode = name === '' ? 0 : 2
}
