import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isRunId, slotRunId, suffixedRunId } from '../../src/domain/run.ts'
import { recordPrefix, runIdOf, runPaths } from '../../src/warehouse/paths.ts'

const anyTime = fc.date({
  min: new Date('2000-01-01T00:00:00Z'),
  max: new Date('2099-12-31T23:59:59Z'),
  noInvalidDate: true,
})
const suffix = fc.string({
  unit: fc.constantFrom(...'0123456789abcdefghijklmnopqrstuvwxyz'.split('')),
  minLength: 4,
  maxLength: 4,
})
const runId = fc.oneof(
  anyTime.map(slotRunId),
  fc.tuple(anyTime, suffix).map(([at, text]) => suffixedRunId(at, text)),
  anyTime.map((at) => `${slotRunId(at)}.s03of16`),
)

describe('runPaths', () => {
  it('puts every file of a run under its UTC date and its own name', () => {
    expect(runPaths('20261123T235959Z-k3f9')).toEqual({
      snapshots: 'v1/raw/snapshots/date=2026-11-23/20261123T235959Z-k3f9.parquet',
      polls: 'v1/raw/polls/date=2026-11-23/20261123T235959Z-k3f9.parquet',
      record: 'v1/raw/runs/date=2026-11-23/20261123T235959Z-k3f9.json',
    })
  })

  it('is undone by runIdOf', () => {
    fc.assert(
      fc.property(runId, (id) => {
        expect(runIdOf(runPaths(id).record)).toBe(id)
        expect(runPaths(id).record.startsWith(recordPrefix(id))).toBe(true)
      }),
    )
  })

  it('takes nothing but a run id', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!isRunId(text))
        expect(() => runPaths(text)).toThrow(RangeError)
      }),
    )
  })
})

describe('runIdOf', () => {
  it.each([
    'v1/raw/runs/date=2026-11-24/20261123T090500Z.json',
    'v1/raw/runs/20261123T090500Z.json',
    'v1/raw/runs/date=2026-11-23/notes.json',
    'v1/raw/runs/date=2026-11-23/20261123T090500Z.json.bak',
    'v1/raw/polls/date=2026-11-23/20261123T090500Z.parquet',
  ])('does not take %s for a record', (path) => {
    expect(runIdOf(path)).toBeNull()
  })
})
