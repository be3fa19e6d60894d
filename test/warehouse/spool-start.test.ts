import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import type { RunStart } from '../../src/domain/run.ts'
import { parseStart, writeStart } from '../../src/warehouse/spool-start.ts'
import { host, runStart, tempFolder } from './temp-warehouse.ts'

describe('writeStart and parseStart', () => {
  it.each<[string, Partial<RunStart>]>([
    ['of a run', {}],
    [
      'of a run by Resource Graph',
      {
        discovery: 'graph',
        filter: { include: ['prod-*'], exclude: ['x'], managementGroup: 'platform' },
        subscriptions: [
          {
            subscriptionId: 's',
            name: 'Prod',
            state: 'NotVisible',
            outcome: 'ok',
            listedBy: 'graph',
            hosts: null,
            errorCode: null,
            errorMessage: null,
          },
        ],
      },
    ],
  ])('bring back all that is known before the first host is asked: %s', async (_, given) => {
    await using folder = await tempFolder()
    const start = runStart('2026-11-23T09:00:00Z', [host('a')], given)
    await writeStart(folder.root, start, [host('a')])
    const json = await readFile(join(folder.root, 'start.json'), 'utf8')
    expect(parseStart(json)).toEqual({ start, hosts: [host('a')] })
  })
})
