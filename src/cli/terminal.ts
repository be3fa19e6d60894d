/**
 * The terminal: everything of the process that a command may touch.
 *
 * `main.ts` makes one from the process, tests make one in memory; no other file knows `process`.
 */

import { styleText } from 'node:util'

export interface Terminal {
  /** Data, and nothing else. */
  stdout: Output
  /** Words and progress. */
  stderr: Output
  stdin: Input
  env: Record<string, string | undefined>
  /** Where relative paths on the command line begin. */
  cwd: string
  now(): Date
  /** Aborted by the first Ctrl-C. The second one ends the process without asking. */
  interrupted: AbortSignal
}

interface Input {
  isTTY: boolean
  /** All of it, as text. Rejects when aborted. */
  read(signal: AbortSignal): Promise<string>
}

export interface Output {
  readonly isTTY: boolean
  /** Cells in a line; null where nothing limits it. */
  readonly columns: number | null
  readonly colour: boolean
  /**
   * Writes, and resolves when more can be taken, so that a slow reader slows the writer.
   *
   * @throws {OutputClosed} If the reader has gone.
   */
  write(data: string | Uint8Array): Promise<void>
  /** The same output for a library that draws on it. */
  readonly stream: NodeJS.WritableStream
}

/** Nobody reads the output any more, as after `| head -1`. No fault of anyone. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed'
}

export type Style = Parameters<typeof styleText>[0]

/** The text in a style, where the output shows styles. */
export function styled(output: Pick<Output, 'colour'>, style: Style, text: string): string {
  return output.colour ? styleText(style, text, { validateStream: false }) : text
}
