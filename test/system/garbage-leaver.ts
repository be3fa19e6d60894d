/** A process that leaves garbage, some of which lives for a while, and prints what it takes. */

import process from 'node:process'
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import { getHeapSpaceStatistics } from 'node:v8'

import { boundYoungGeneration } from '../../src/system/young-generation.ts'

const kept: object[] = []

/** @returns The largest young generation seen, in MB. */
async function leaveGarbage(): Promise<number> {
  let largest = 0
  for (let round = 0; round < 600; round += 1) {
    for (let index = 0; index < 5000; index += 1) {
      kept[(round * 5000 + index) % 30_000] = { index, text: `${round} ${index}`, list: [index] }
    }
    const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
    largest = Math.max(largest, (space?.space_size ?? NaN) / 2 ** 20)
    // As often as answers come.
    await (round % 5 === 0 ? wait(1) : turn())
  }
  return largest
}

const bound = process.argv[2] === 'bound' ? boundYoungGeneration() : null
const during = await leaveGarbage()
bound?.[Symbol.dispose]()
const after = await leaveGarbage()
process.stdout.write(JSON.stringify({ during, after }))
