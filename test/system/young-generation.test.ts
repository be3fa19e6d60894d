import { execFile } from 'node:child_process'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { describe, expect, it, vi } from 'vitest'

vi.setConfig({ testTimeout: 60_000 })

const LEAVER = fileURLToPath(new URL('garbage-leaver.ts', import.meta.url))

/** How large its young generation became, in MB, while it was bound and afterwards. */
async function leaveGarbage(how: 'bound' | 'free'): Promise<{ during: number; after: number }> {
  const { stdout } = await promisify(execFile)(process.execPath, [LEAVER, how])
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- printed by the other file
  return JSON.parse(stdout) as { during: number; after: number }
}

describe('boundYoungGeneration', () => {
  // Where V8 itself stops at 32 MB, up to Node 22, there is nothing to bind.
  it('keeps it small, and only until it is closed', async () => {
    const [bound, free] = await Promise.all([leaveGarbage('bound'), leaveGarbage('free')])
    expect(bound.during).toBeLessThanOrEqual(32)
    expect(bound.during).toBeGreaterThanOrEqual(16)
    expect(free.during).toBeGreaterThan(32)
    expect(bound.after).toBeGreaterThan(32)
  })
})
