/**
 * Help: what a command is for, examples of it, then every flag.
 */

import type { Command } from 'commander'

import { invocation } from './program-name.ts'
import { type Output, styled, type Terminal } from './terminal.ts'

/** A command line after the program's name, and what it does. */
export type Example = readonly [line: string, does: string]

// Longer lines are hard to read, however wide the terminal is.
const WIDEST = 100

function helpWidth({ columns }: Output): number {
  return Math.min(columns ?? WIDEST, WIDEST)
}

/** Makes the help of a program, and of commands added to it later, look like this one's. */
export function shapeHelp(program: Command, { stdout, stderr }: Terminal): void {
  program
    .configureOutput({
      getOutHelpWidth: () => helpWidth(stdout),
      getErrHelpWidth: () => helpWidth(stderr),
      getOutHasColors: () => stdout.colour,
      getErrHasColors: () => stderr.colour,
    })
    .configureHelp({
      minWidthToWrap: 20,
      styleTitle: (title) => styled(stdout, 'bold', title),
    })
    .helpOption('-h, --help', 'Show this help')
}

/** Puts what the command is for, and examples of it, before everything else. */
export function introduce(
  command: Command,
  terminal: Terminal,
  purpose: string,
  examples: readonly Example[],
): void {
  const { stdout } = terminal
  const typed = examples.map(([line]) => `  ${invocation(terminal)} ${line}`)
  const words = examples.map(([, does]) => `# ${does}`)
  const [typedWidth, wordsWidth] = [longest(typed), longest(words)]
  // Beside each other, or on a narrow terminal the words above their line.
  const beside = typedWidth + 2 + wordsWidth <= (stdout.columns ?? WIDEST)
  const lines = typed.map((line, i) => {
    const dim = styled(stdout, 'dim', words[i] ?? '')
    return beside ? `${line.padEnd(typedWidth)}  ${dim}` : `  ${dim}\n${line}`
  })
  const text = [purpose, '', styled(stdout, 'bold', 'Examples:'), ...lines, '']
  command.addHelpText('before', text.join('\n'))
}

/**
 * Puts paragraphs after everything else, as wide as the rest.
 *
 * @param notes Without line breaks; an empty one keeps two apart.
 */
export function addNotes(
  command: Command,
  { stdout }: Pick<Terminal, 'stdout'>,
  notes: readonly string[],
): void {
  // Not by output/wrap.ts, whose library would be loaded for every help.
  const lines = new RegExp(`(.{1,${helpWidth(stdout)}})(?: +|$)`, 'g')
  const wrapped = notes.map((note) => note.replaceAll(lines, '$1\n').trimEnd())
  command.addHelpText('after', `\n${wrapped.join('\n')}`)
}

function longest(texts: readonly string[]): number {
  return Math.max(...texts.map((text) => text.length))
}
