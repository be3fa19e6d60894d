/**
 * `demo`: a working day of a made-up company, collected in seconds, and what it tells.
 */

import type { Command } from 'commander'

import { demoDay } from '../demo/estate.ts'
import type { Context } from '../context.ts'
import { EXIT } from '../exit-code.ts'
import { introduce } from '../help.ts'
import { styled } from '../terminal.ts'

const FOLDER = './demo-warehouse'

export function defineDemo(command: Command, context: Context): void {
  introduce(
    command,
    context.terminal,
    'Collects a working day of a made-up company, and shows what the ledger knows of it.',
    [
      ['demo', 'needs no Azure and no sign-in'],
      ['demo --warehouse /tmp/demo', 'keep its files elsewhere'],
    ],
  )
  command
    .option('--warehouse <FOLDER>', 'Where the made-up ledger is kept', FOLDER)
    .option('--no-progress', 'Show no progress line')
  command.action(({ warehouse, progress }: { warehouse: string; progress: boolean }) =>
    demo(context, warehouse, progress),
  )
}

async function demo(context: Context, warehouse: string, progress: boolean): Promise<void> {
  const { terminal } = context
  const { stdout, stderr, env, interrupted } = terminal
  const { openDemoDay } = await import('../demo/day.ts')
  const { reportDay } = await import('../demo/report.ts')
  const { openStatusLine } = await import('../demo/status-line.ts')
  const day = demoDay(terminal.now())
  await stderr.write(
    'A simulated Azure on this machine, asked over HTTPS through the Azure SDK: ' +
      `${day.from.toISOString().slice(0, 10)}, ${hour(day.from)} to ${hour(day.to)} UTC, every 5 minutes.\n`,
  )
  await using azure = await openDemoDay({ warehouse, ...day, env })
  {
    await using line = await openStatusLine(stderr, progress && env['TERM'] !== 'dumb')
    for await (const { slot, result } of azure.runs(interrupted)) {
      line.show(slot, result.run)
    }
  }
  if (interrupted.aborted) {
    context.exitCode = EXIT.interrupted
    return
  }
  await reportDay(azure.connection.queries, { warehouse, stdout })
  await stdout.write(`\n${styled(stdout, 'bold', 'Try next')}\n${nextCommands(warehouse)}`)
}

function nextCommands(warehouse: string): string {
  const flag = `--warehouse ${/^[\w./-]+$/.test(warehouse) ? warehouse : `'${warehouse}'`}`
  return [
    `npm run --silent ledger -- sessions --longer-than 8h ${flag}`,
    `npm run --silent ledger -- alerts --rule long-session ${flag}`,
    `npm run --silent ledger -- hosts ${flag}`,
    `npm run --silent ledger -- query "FROM azure.network.active_sessions" ${flag}`,
  ]
    .map((command) => `  ${command}\n`)
    .join('')
}

function hour(at: Date): string {
  return at.toISOString().slice(11, 16)
}
