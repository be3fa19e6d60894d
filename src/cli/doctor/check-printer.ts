/**
 * Checks as lines for a person: a mark, what was found, and below it what to do.
 */

import type { Check } from '../../jobs/check.ts'
import { counted } from '../output/human.ts'
import { visible } from '../output/visible.ts'
import { wrap } from '../output/wrap.ts'
import { grantCommands, SIGN_IN_HINT } from '../permission.ts'
import { type Output, styled } from '../terminal.ts'

const MARKS = {
  ok: ['green', '✓'],
  warning: ['yellow', '!'],
  failed: ['red', '✗'],
} as const

// Beyond these, subscriptions that are well are counted: nobody reads a thousand lines.
const MOST_WELL = 20
const INDENT = '  '
const LEAST_WIDTH = 20

export interface CheckPrinter {
  /** The lines of one check; empty where it is only counted. */
  check(check: Check): string
  /** What is said when all checks are made. */
  end(): string
}

export function createCheckPrinter(stdout: Output): CheckPrinter {
  const told = new Set<string>()
  const missing = new Set<string>()
  const closed = new Set<string>()
  let objectId: string | null = null
  let well = 0

  return {
    check(check) {
      objectId ??= check.identity?.objectId ?? null
      for (const action of check.missing) missing.add(action)
      if (check.missing.length > 0) closed.add(check.subscriptionId ?? 'SUBSCRIPTION-ID')
      if (check.check === 'subscription' && check.status === 'ok') {
        well += 1
        if (well > MOST_WELL) return ''
      }
      const hint = hintOf(check)
      // The same advice once: it grows no truer by being repeated for every subscription.
      const isKnown = hint === null || told.has(hint)
      if (hint !== null) told.add(hint)
      return asText([...headLines(check, stdout), ...(isKnown ? [] : hintLines(hint, stdout))])
    },
    end() {
      const mark = styled(stdout, 'green', '✓')
      const more = well - MOST_WELL
      const rest = more > 0 ? [`${mark} ${counted(more, 'more subscription')} can be read`] : []
      if (closed.size === 0) return asText(rest)
      const commands = grantCommands([...closed], { actions: [...missing], objectId })
      const title = styled(stdout, 'bold', 'These commands grant what is missing:')
      return asText([...rest, '', title, ...commands.map((line) => INDENT + visible(line))])
    },
  }
}

function asText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

function headLines({ status, message }: Check, stdout: Output): string[] {
  const [colour, mark] = MARKS[status]
  const [first = '', ...rest] = wrap(visible(message), widthFor(stdout))
  return [`${styled(stdout, colour, mark)} ${first}`, ...rest.map((line) => INDENT + line)]
}

/** Words are folded where the line ends; a command is left whole, so that it can be copied. */
function hintLines(hint: string, stdout: Output): string[] {
  return hint.split('\n').flatMap((line) => {
    const text = visible(line)
    const folded = text.startsWith('az ') ? [text] : wrap(text, widthFor(stdout))
    return folded.map((part) => INDENT + styled(stdout, 'dim', part))
  })
}

function widthFor({ columns }: Output): number {
  return columns === null ? Infinity : Math.max(columns - INDENT.length, LEAST_WIDTH)
}

function hintOf({ check, hint, missing, failure }: Check): string | null {
  if (hint !== null) return hint
  if (missing.length > 0) return `The identity needs ${missing.join(' and ')}`
  return check === 'token' && failure === 'access' ? SIGN_IN_HINT : null
}
