import { describe, expect, it, vi } from 'vitest'

import { openFetchLine } from '../../src/cli/fetch-line.ts'
import { fakeTerminal } from './fake-terminal.ts'

describe('openFetchLine', () => {
  it('says how far it is, on a terminal', async () => {
    const terminal = fakeTerminal({ columns: 80 })
    {
      using line = openFetchLine(terminal.stderr, 0)
      line.progress(1, 365)
      await vi.waitFor(() => expect(terminal.err).toContain('Fetching files: 1 of 365'))
    }
  })

  it('is silent where fetching is soon over', async () => {
    const terminal = fakeTerminal({ columns: 80 })
    {
      using line = openFetchLine(terminal.stderr, 60_000)
      line.progress(365, 365)
    }
    expect(terminal.err).toBe('')
  })

  it('is silent where nobody watches', async () => {
    const terminal = fakeTerminal()
    using line = openFetchLine(terminal.stderr, 0)
    line.progress(1, 365)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(terminal.err).toBe('')
  })
})
