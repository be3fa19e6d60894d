import { setTimeout as wait } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import { allEnded } from '../../src/system/all-ended.ts'

describe('allEnded', () => {
  it('answers every result in its place', async () => {
    expect(await allEnded([wait(5, 'a'), 2, Promise.resolve(null)])).toEqual(['a', 2, null])
  })

  it('fails only when nothing is under way any more', async () => {
    let ended = false
    const slow = (async () => {
      await wait(20)
      ended = true
    })()
    await expect(allEnded([Promise.reject(new Error('no')), slow])).rejects.toThrow('no')
    expect(ended).toBe(true)
  })
})
