/** `doctor` in memory: the command over fakes. */

import { run } from '../../../src/cli/run.ts'
import type { BastionSource, Inspection } from '../../../src/domain/edges.ts'
import { fakeAzure, fakeConnection, fakeInspection } from '../fake-connection.ts'
import { fakeTerminal, type FakeTerminalOptions } from '../fake-terminal.ts'
import { whole } from './collecting.ts'

export interface Setting extends FakeTerminalOptions {
  azure?: BastionSource
  inspection?: Partial<Inspection>
}

/** Runs `doctor` with these arguments. */
export async function doctor(
  argv: string[],
  { azure = fakeAzure(whole), inspection, ...options }: Setting = {},
) {
  const terminal = fakeTerminal(options)
  const connection = fakeConnection({ azure, inspection: fakeInspection(inspection) })
  const code = await run(['doctor', ...argv], terminal, { connect: () => connection })
  return { code, out: terminal.out, err: terminal.err }
}
