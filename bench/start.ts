/**
 * `start`: how long the program and the Function app take before they do anything.
 */

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { z } from 'zod'

import { bundleCommandLine } from '../build/bundle.ts'
import { buildApp } from '../test/functions-host/built-app.ts'
import { judged, median, type Bench, type Report } from './report.ts'

const SOURCE = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
const LOAD_APP = fileURLToPath(new URL('./start/load-app.ts', import.meta.url))

const HELP_LIMIT_MS = 150
const LOAD_LIMIT_MS = 250

export const startBench: Bench = {
  async run({ quick, say }): Promise<Report> {
    const rounds = quick ? 5 : 15
    say('building')
    await using app = await buildApp()
    const cli = join(app.folder, 'cli')
    await bundleCommandLine(cli)

    say(`${rounds} rounds`)
    const times = {
      bare: new Array<number>(),
      source: new Array<number>(),
      bundle: new Array<number>(),
      app: new Array<number>(),
    }
    // One of each in turn, so that a neighbour's noise meets them all.
    for (let round = 0; round < rounds; round += 1) {
      times.bare.push(await timed(['-e', '0']))
      times.source.push(await timed([SOURCE, '--help']))
      times.bundle.push(await timed([join(cli, 'main.js'), '--help']))
      times.app.push(await loadTime(app.folder))
    }
    const of = (name: keyof typeof times) => median(times[name])
    const more = (name: keyof typeof times) => judged(of(name) - of('bare'), HELP_LIMIT_MS, 0)
    return {
      tables: [
        {
          title: 'Starting',
          about:
            `Medians of ${rounds} processes each, in milliseconds. \`--help\` is shown as what it ` +
            `takes beyond bare Node, which took ${of('bare').toFixed(0)} ms. The Function app is ` +
            'measured inside a process that is running, from its first entry file to its last.',
          header: ['', 'ms', 'limit', ''],
          rows: [
            ['`--help` from source', ...more('source')],
            ['`--help` from the bundle', ...more('bundle')],
            ['the bundled functions load', ...judged(of('app'), LOAD_LIMIT_MS, 0)],
          ],
        },
      ],
    }
  },
}

async function timed(args: string[]): Promise<number> {
  const from = performance.now()
  await promisify(execFile)(process.execPath, args)
  return performance.now() - from
}

const loaded = z.object({ ms: z.number() })

async function loadTime(folder: string): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [LOAD_APP, folder])
  return loaded.parse(JSON.parse(stdout)).ms
}
