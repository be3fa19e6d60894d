import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'

import { describe, expect, it, vi } from 'vitest'

import { linesOf } from '../../src/warehouse/lines.ts'
import { openParquetWriter } from '../../src/warehouse/parquet.ts'
import { host, okPoll, tempFolder } from './temp-warehouse.ts'

// A real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000 })

async function onePoll(folder: string) {
  const from = join(folder, 'polls.ndjson')
  const { poll } = linesOf(okPoll(host('a'), '2026-11-23T09:05:00Z'))
  await writeFile(from, `${poll}\n`)
  const to = join(folder, 'polls.parquet')
  return { table: 'polls', from: [from], to, longestLineBytes: poll.length } as const
}

describe('openParquetWriter', () => {
  it('writes as often as it is asked to', async () => {
    await using folder = await tempFolder()
    const conversion = await onePoll(folder.root)
    await using writer = openParquetWriter(folder.root)
    for (const runId of ['20261123T090500Z', '20261123T090500Z-iiii']) {
      await writer.write(runId, [conversion])
      expect((await readFile(conversion.to)).includes(runId)).toBe(true)
    }
  })

  it.each(['at once', 'after it has written'])('ends its engine, closed %s', async (when) => {
    await using folder = await tempFolder()
    const conversion = await onePoll(folder.root)
    const writer = openParquetWriter(folder.root)
    if (when === 'after it has written') await writer.write('20261123T090500Z', [conversion])
    await writer[Symbol.asyncDispose]()
    await expect(writer.write('20261123T090500Z', [conversion])).rejects.toThrow('instance closed')
  })

  it('tells of an engine that cannot start when it is to write, and only then', async () => {
    await using folder = await tempFolder()
    const conversion = await onePoll(folder.root)
    const unhandled = once(process, 'unhandledRejection').then(() => 'unhandled')
    // No text of SQL holds this character.
    await using writer = openParquetWriter('\u0000')
    expect(await Promise.race([unhandled, wait(500, 'nothing')])).toBe('nothing')
    await expect(writer.write('20261123T090500Z', [conversion])).rejects.toThrow('Parser Error')
  })
})
