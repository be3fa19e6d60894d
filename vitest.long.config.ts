/** Kills, faults and damage by the hundred: the tests that take minutes. */

import { configDefaults, defineConfig } from 'vitest/config'

import quick from './vitest.config.ts'

export default defineConfig({
  test: {
    ...quick.test,
    include: ['test/**/*.long.test.ts'],
    exclude: configDefaults.exclude,
  },
})
