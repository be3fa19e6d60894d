/**
 * A report: what a benchmark found, as tables for the terminal and for docs/benchmarks.md.
 */

import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, totalmem } from 'node:os'
import process from 'node:process'

import { markdownTable } from 'markdown-table'

export interface BenchOptions {
  quick: boolean
  /** Tells how far it is. */
  say: (text: string) => void
}

export interface Bench {
  run(options: BenchOptions): Promise<Report>
}

export interface Report {
  tables: ReportTable[]
}

export interface ReportTable {
  title: string
  /** One paragraph: what the figures mean. */
  about: string
  header: readonly string[]
  rows: readonly (readonly string[])[]
}

/** A figure beside its limit: `1.08`, `≤ 1.15`, `pass`. */
export function judged(value: number, limit: number, digits = 2): [string, string, string] {
  const shown = value.toFixed(digits)
  return [shown, `≤ ${limit}`, Number(shown) <= limit ? 'pass' : 'FAIL']
}

/** A figure beside the least that it must reach: `16.2`, `≥ 15`, `pass`. */
export function judgedAtLeast(value: number, least: number, digits = 2): [string, string, string] {
  const shown = value.toFixed(digits)
  return [shown, `≥ ${least}`, Number(shown) >= least ? 'pass' : 'FAIL']
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const [low = NaN, high = NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  return (low + high) / 2
}

export function printReport(report: Report): string {
  return `${describeMachine()}\n\n${report.tables.map(tableText).join('\n')}`
}

const DOCUMENT = new URL('../docs/benchmarks.md', import.meta.url)

/** Puts a report between the benchmark's two markers in docs/benchmarks.md. */
export async function writeReport(
  name: string,
  report: Report,
  { quick }: { quick: boolean },
): Promise<void> {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`]
  const text = await readFile(DOCUMENT, 'utf8')
  const [before, rest] = text.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) {
    throw new Error(`Cannot write the report: docs/benchmarks.md has no place for "${name}"`)
  }
  const how = `${describeMachine()}${quick ? ' A short run (`--quick`).' : ''}`
  const tables = report.tables.map(tableText).join('\n')
  await writeFile(DOCUMENT, `${before}${begin}\n\n${how}\n\n${tables}\n${end}${after}`)
}

function tableText({ title, about, header, rows }: ReportTable): string {
  const align = header.map((_, index) => (index === 0 ? 'l' : 'r'))
  return `### ${title}\n\n${about}\n\n${markdownTable([header, ...rows], { align })}\n`
}

function describeMachine(): string {
  const [cpu] = cpus()
  const gigabytes = Math.round(totalmem() / 1e9)
  const day = new Date().toISOString().slice(0, 10)
  return (
    `${day}, ${availableParallelism()} cores of ${cpu?.model ?? 'an unknown processor'}, ` +
    `${gigabytes} GB, ${process.platform} ${process.arch}, Node ${process.version}.`
  )
}
