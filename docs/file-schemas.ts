/**
 * Writes the JSON Schemas of the files that people write, from their schemas: `npm run docs`.
 */

import { writeFile } from 'node:fs/promises'

import { fileSchemas } from '../src/cli/rules/file-schemas.ts'

const { rules, silences, tests } = fileSchemas()
await writeFile(new URL('rules.schema.json', import.meta.url), rules)
await writeFile(new URL('silences.schema.json', import.meta.url), silences)
await writeFile(new URL('rules-test.schema.json', import.meta.url), tests)
