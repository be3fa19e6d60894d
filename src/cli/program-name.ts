/**
 * The program's name, and how it is called where it runs: what is suggested must work when copied.
 */

import type { Terminal } from './terminal.ts'

export const PROGRAM = 'bastion-ledger'

/** What a person types before a command: in the repository, npm finds the program and its Node. */
export function invocation({ env }: Pick<Terminal, 'env'>): string {
  const byNpm = env['npm_package_name'] === PROGRAM && env['npm_lifecycle_event'] !== undefined
  return byNpm ? 'npm run --silent ledger --' : PROGRAM
}
