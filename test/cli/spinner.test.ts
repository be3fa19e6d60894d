import { describe, expect, it } from 'vitest'

import { startSpinner } from '../../src/cli/spinner.ts'
import { fakeTerminal } from './fake-terminal.ts'

describe('a spinner', () => {
  it('shows what goes on', async () => {
    const terminal = fakeTerminal({ columns: 80 })
    const spinner = await startSpinner(terminal.stderr, () => 'Asking')
    spinner.stop()
    expect(terminal.err).toContain('Asking')
  })

  it('is silent where the terminal does not know how wide it is', async () => {
    const terminal = fakeTerminal({ columns: 80 })
    Object.assign(terminal.stderr.stream, { columns: 0 })
    const spinner = await startSpinner(terminal.stderr, () => 'Asking')
    spinner.text = 'Still asking'
    spinner.stop()
    expect(terminal.err).toBe('')
  })
})
