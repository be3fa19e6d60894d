import { describe, expect, it } from 'vitest'

import { markdownText } from '../../../src/cli/output/markdown.ts'
import { answerOf, columnsOf, textOf } from './answers.ts'

describe('writeMarkdown', () => {
  it('aligns its source, numbers to the right', async () => {
    const answer = answerOf(columnsOf('host_name VARCHAR', 'n BIGINT'), [
      ['bas-hub', 3],
      [null, -12],
    ])
    expect(await textOf('markdown', answer)).toBe(
      [
        '| host_name |   n |',
        '| --------- | --: |',
        '| bas-hub   |   3 |',
        '|           | -12 |',
        '',
      ].join('\n'),
    )
  })

  it('writes all rows, those after the first thousand unaligned', async () => {
    const rows = Array.from({ length: 1000 }, (_, n) => [n])
    const answer = answerOf(columnsOf('n BIGINT'), rows, [[123456789]])
    const lines = (await textOf('markdown', answer)).trimEnd().split('\n')
    expect(lines).toHaveLength(1003)
    expect(lines.at(-1)).toBe('| 123456789 |')
  })
})

describe('markdownText', () => {
  it.each([
    ['a|b', 'a\\|b'],
    ['two\nlines\r\nmore', 'two<br>lines<br>more'],
    ['session_count', 'session_count'],
    ['_x_ *y* `z`', '\\_x\\_ \\*y\\* \\`z\\`'],
    ['[x](http://evil)', '\\[x\\](http://evil)'],
    ['<img src=x onerror=y>', '\\<img src=x onerror=y\\>'],
    ['AT&amp;T', 'AT\\&amp;T'],
    ['back\\slash', 'back\\\\slash'],
    ['\x1b[2J', '\\\\x1b\\[2J'],
  ])('of %j is %j', (text, markdown) => {
    expect(markdownText(text)).toBe(markdown)
  })
})
