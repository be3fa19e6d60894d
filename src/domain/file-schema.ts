/**
 * Schemas of files that people write. What is said of a wrong value is what its place takes, so that
 * file-problem.ts can make a sentence of it; and editors are told the same.
 */

import { z } from 'zod'

import { DURATION_FORM, parseDuration } from './units.ts'

/** A mapping that takes these keys and no other. */
export function mapping<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, { error: Object.keys(shape).join(', ') })
}

/**
 * A text.
 *
 * @param form What it takes, for messages.
 * @param pattern (default: whatever is not blank)
 */
export function written(form: string, pattern: RegExp = /\S/) {
  return z.string({ error: form }).regex(pattern, { error: form })
}

/** A text on one line. */
export function line(form: string) {
  return written(form, /^[^\r\n]*\S[^\r\n]*$/)
}

export function yesNo() {
  return z.boolean({ error: 'true or false' })
}

export function listOf<Schema extends z.ZodType>(form: string, schema: Schema) {
  return z.array(schema, { error: form })
}

/** A duration, read as milliseconds. */
export function span(leastMs: number, mostMs: number) {
  const form = `from ${leastMs / 60_000}m to ${mostMs / 86_400_000}d`
  return written(DURATION_FORM, /^\d{1,9}(ms|s|m|h|d)$/).transform((text, context) => {
    const ms = parseDuration(text)
    if (ms !== null && ms >= leastMs && ms <= mostMs) return ms
    context.addIssue(form)
    return z.NEVER
  })
}

/** What editors are told of a file: a JSON Schema of what people write. */
export function editorSchema(schema: z.ZodType, title: string): object {
  // Draft 7 is what every editor knows.
  // https://github.com/redhat-developer/yaml-language-server (README, "Features")
  return { ...z.toJSONSchema(schema, { io: 'input', target: 'draft-7' }), title }
}
