/**
 * The settings in force as lines for a person: name, value, and who set it.
 */

import type { SettingInForce } from '../../domain/settings-in-force.ts'
import { visible } from '../output/visible.ts'
import { widthOf } from '../output/width.ts'
import { type Output, styled } from '../terminal.ts'

const GAP = 2
const SOURCES = { flag: 'flag', environment: 'environment', default: 'default' } as const

export function settingLines(settings: readonly SettingInForce[], stdout: Output): string {
  const rows = settings.map((one) => ({
    name: one.name,
    value: one.hidden ? '(set, not shown)' : one.value ? visible(one.value) : '(none)',
    from: one.from === 'flag' ? one.flag : SOURCES[one.from],
  }))
  const names = Math.max(...rows.map(({ name }) => name.length))
  const values = Math.max(...rows.map(({ value }) => widthOf(value)))
  const sources = Math.max(...rows.map(({ from }) => from.length))
  const columns = stdout.columns ?? Infinity
  const beside = 2 + names + GAP + values + GAP + sources <= columns
  const lines = rows.map(({ name, value, from }) => {
    const source = styled(stdout, from === 'default' ? 'dim' : 'bold', from)
    if (!beside) {
      const width = 2 + name.length + 1 + widthOf(value) + GAP + from.length
      const gap = width <= columns ? '' : '\n    '
      return `  ${name}=${gap}${value}  ${source}`
    }
    const gap = ' '.repeat(values - widthOf(value) + GAP)
    return `  ${name.padEnd(names + GAP)}${value}${gap}${source}`
  })
  return ['', styled(stdout, 'bold', 'Settings in force:'), ...lines, ''].join('\n')
}
