/**
 * Writes `docs/data-dictionary.md` from the columns' declarations: `npm run docs`.
 */

import { writeFile } from 'node:fs/promises'

import { dataDictionary } from '../src/domain/dictionary.ts'

await writeFile(new URL('data-dictionary.md', import.meta.url), dataDictionary())
