/** What compacting-process.ts starts. */

import process from 'node:process'

import { openWarehouse } from '../warehouse/temp-warehouse.ts'

const [root = '', now = '', at = ''] = process.argv.slice(2)
let creates = 0
const die = (where: string) => {
  if (where === at) process.kill(process.pid, 'SIGKILL')
}
const { days } = openWarehouse(root, {
  now,
  wrap: (store) => ({
    ...store,
    async create(...given) {
      const number = (creates += 1)
      die(`before ${number}`)
      const created = await store.create(...given)
      die(`after ${number}`)
      return created
    },
  }),
})
await days.compact({ progress: (_date, step) => die(step) })
