/**
 * The JSON Schemas of the files that people write, as text.
 */

import { parseSettings } from '../../domain/parse-settings.ts'
import { rulesFileSchema } from '../../domain/rules-file-schema.ts'
import { silencesFileSchema } from '../../domain/silences-file.ts'
import { testFileSchema } from '../../rules-test/test-file-schema.ts'
import { shippedRules } from '../../rules/shipped.ts'

export function fileSchemas(): { rules: string; silences: string; tests: string } {
  const names = shippedRules(parseSettings({})).map(({ name }) => name)
  return {
    rules: textOf(rulesFileSchema(names)),
    silences: textOf(silencesFileSchema()),
    tests: textOf(testFileSchema()),
  }
}

function textOf(schema: object): string {
  return `${JSON.stringify(schema, null, 2)}\n`
}
