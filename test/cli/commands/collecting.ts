/** `collect` in memory: the command over fakes, and estates to point it at. */

import { setTimeout } from 'node:timers/promises'

import { run } from '../../../src/cli/run.ts'
import type { BastionSource, Clock } from '../../../src/domain/edges.ts'
import type { FakeClock } from '../../fakes.ts'
import {
  fakeConnection,
  type FakeHost,
  fakeLedger,
  type FakeSubscription,
} from '../fake-connection.ts'
import { type FakeTerminal, fakeTerminal, type FakeTerminalOptions } from '../fake-terminal.ts'

export interface Setting extends FakeTerminalOptions {
  azure?: BastionSource
  clock?: Clock
  recovers?: string[]
  /** Called with the terminal before the command runs. */
  before?: (terminal: FakeTerminal) => void
}

/** Runs `collect` with these arguments. */
export async function collect(
  argv: string[],
  { azure, clock, recovers, before, ...options }: Setting = {},
) {
  const terminal = fakeTerminal(options)
  const ledger = fakeLedger(recovers ? { recovers } : {})
  const connection = fakeConnection({
    ledger,
    ...(azure ? { azure } : {}),
    ...(clock ? { clock } : {}),
  })
  before?.(terminal)
  const code = await run(['collect', ...argv], terminal, { connect: () => connection })
  return { code, out: terminal.out, err: terminal.err, records: ledger.records }
}

/** Lets so much time pass, then presses Ctrl-C. */
export async function stopAfter(
  ms: number,
  clock: FakeClock,
  terminal: FakeTerminal,
): Promise<void> {
  await setTimeout(20)
  await clock.advance(ms)
  terminal.pressCtrlC()
}

export const hosts = (count: number, rest: Partial<FakeHost> = {}): FakeHost[] =>
  Array.from({ length: count }, (_, index) => ({ name: `bas-${index}`, sessions: 1, ...rest }))

export const denied: Partial<FakeHost> = {
  outcome: 'denied',
  sessions: 0,
  errorCode: 'AuthorizationFailed',
  errorMessage: 'The client has no authorization to perform the action',
}

/** All is well. */
export const whole: FakeSubscription[] = [{ name: 'Hub', hosts: hosts(4) }]
/** Of three subscriptions two cannot be listed; of fifteen hosts three do not answer. */
export const troubled: FakeSubscription[] = [
  {
    name: 'Hub',
    hosts: [
      ...hosts(12),
      { name: 'bas-pay-01', ...denied },
      { name: 'bas-lab', outcome: 'throttled', errorCode: 'TooManyRequests' },
      { name: 'bas-lab-2', outcome: 'throttled' },
    ],
  },
  { name: 'Payroll\x1b[31m', outcome: 'denied', errorCode: 'AuthorizationFailed' },
  { name: 'Lab', outcome: 'timeout' },
]
