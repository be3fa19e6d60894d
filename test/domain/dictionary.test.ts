import { readFile } from 'node:fs/promises'

import { describe, expect, it } from 'vitest'

import { dataDictionary } from '../../src/domain/dictionary.ts'

describe('docs/data-dictionary.md', () => {
  it('is what the declarations say; `npm run docs` writes it anew', async () => {
    const page = new URL('../../docs/data-dictionary.md', import.meta.url)
    expect(await readFile(page, 'utf8')).toBe(dataDictionary())
  })
})
