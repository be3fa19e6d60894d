import { InvocationContext } from '@azure/functions'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { createWatchTick, type WatchTickOptions } from '../../src/functions/watch-tick.ts'
import { host, okPoll, openWarehouse, recordRun, tempFolder } from '../warehouse/temp-warehouse.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

/** Watches a warehouse, with one run or none. */
async function watching(options: WatchTickOptions & { isEmpty?: boolean; signal?: AbortSignal }) {
  await using folder = await tempFolder()
  vi.stubEnv('LEDGER_WAREHOUSE', folder.root)
  const { isEmpty = false, signal = new AbortController().signal, ...rest } = options
  const at = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString()
  if (!isEmpty) await recordRun(openWarehouse(folder.root), at, [okPoll(host('hub'), at)])
  const lines: unknown[] = []
  const context = new InvocationContext({
    functionName: 'watch',
    logHandler: (level, line) => void lines.push({ level, ...JSON.parse(String(line)) }),
  })
  const error = await createWatchTick(rest)(context, signal).then(
    () => null,
    (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)),
  )
  return { lines, error }
}

describe('createWatchTick', () => {
  it('fails where the warehouse of an instance is empty after its first hour', async () => {
    const { lines, error } = await watching({ isEmpty: true, emptyMs: 0 })
    expect(error).toMatch(/has no run yet$/)
    expect(lines).toMatchObject([{ level: 'error', event: 'error', code: 'empty' }])
  })

  it('fails where it takes too long', async () => {
    const { lines, error } = await watching({ longestMs: 1 })
    expect(error).toBe('Cannot watch: it was not done after 0.001 seconds')
    expect(lines).toMatchObject([{ level: 'error', event: 'error' }])
  })

  it('stops when the instance is shut down, which is no failure', async () => {
    const signal = AbortSignal.abort(new Error('The instance is being shut down'))
    const { lines, error } = await watching({ signal })
    expect(error).toBeNull()
    expect(lines).toMatchObject([{ level: 'information', event: 'watched', interrupted: true }])
  })
})
