/**
 * Stored files: those that a question may read, one by one, settled before it is asked. They come
 * in parts: a part is one run, or one compacted day in the place of all its runs.
 */

import type { LocalOptions, Store } from '../domain/edges.ts'
import { runDate } from '../domain/run.ts'
import type { Catalog } from './catalog.ts'
import type { Damage } from './damage.ts'
import { alertNumberOf, ALERTS, dailyPath, runPaths } from './paths.ts'
import type { Reach } from './reach.ts'
import type { RunRange } from './run-filter.ts'
import {
  TABLES,
  type Span,
  type TableFiles,
  type TableName,
  type ViewFiles,
} from './view-tables.ts'

export const KINDS = [
  'record',
  'snapshots',
  'polls',
  'sessions',
  'open_sessions',
  'alerts',
] as const
export type FileKind = (typeof KINDS)[number]

export interface StoredFile {
  /** In the store. */
  path: string
  /** On this machine. */
  file: string
}

/** A part's files, as far as they are asked for. */
export interface StoredPart {
  /** The run's id, the day's date, or the path of a record of alerts. */
  id: string
  isDay: boolean
  files: Partial<Record<FileKind, StoredFile>>
}

export interface BringOptions extends Omit<LocalOptions, 'doubted'> {
  /** A folder of this machine, for what is stored elsewhere (see `Store.local`). */
  folder: string
}

/**
 * Where the files are that a question can read. They need not be there, or whole: see damage.ts.
 */
export async function storedFiles(
  store: Store,
  catalog: Catalog,
  reach: Reach,
  { folder, ...options }: BringOptions,
): Promise<StoredPart[]> {
  const parts = [
    ...partsOf(catalog).map((part) => ({ ...part, paths: pathsIn(part, catalog, reach) })),
    ...(reach['raw.alert_records'] ? await alertParts(store) : []),
  ]
  const paths = parts.flatMap((part) => part.paths.map(({ path }) => path))
  const local = await store.local(paths, folder, options)
  let next = 0
  return parts.map(({ paths: some, ...part }) => {
    const files: StoredPart['files'] = {}
    for (const { kind, path } of some) {
      files[kind] = { path, file: local[next] ?? '' }
      next += 1
    }
    return { ...part, files }
  })
}

/** The records of alerts, each a part of its own. */
async function alertParts(store: Store) {
  const paths = await Array.fromAsync(store.list(ALERTS))
  return paths
    .filter((path) => alertNumberOf(path) !== null)
    .map((path) => ({ id: path, isDay: false, paths: [{ kind: 'alerts' as const, path }] }))
}

/** Where all files of these runs are. */
export async function runFiles(
  store: Store,
  runIds: readonly string[],
  { folder, ...options }: BringOptions,
): Promise<StoredPart[]> {
  const kinds = ['record', 'snapshots', 'polls'] as const
  const paths = runIds.flatMap((runId) => kinds.map((kind) => runPaths(runId)[kind]))
  const local = await store.local(paths, folder, options)
  return runIds.map((id, run) => {
    const files: StoredPart['files'] = {}
    for (const [index, kind] of kinds.entries()) {
      const at = run * kinds.length + index
      files[kind] = { path: paths[at] ?? '', file: local[at] ?? '' }
    }
    return { id, isDay: false, files }
  })
}

type Part = Omit<StoredPart, 'files'>

function partsOf({ days, runIds }: Catalog): Part[] {
  return [...days.map((id) => ({ id, isDay: true })), ...runIds.map((id) => ({ id, isDay: false }))]
}

/** What of a day is read though its rows are read from its raw files. */
const SESSIONS: ReadonlySet<FileKind> = new Set(['sessions', 'open_sessions'])

function pathsIn(part: Part, catalog: Catalog, reach: Reach): { kind: FileKind; path: string }[] {
  const isRaw = part.isDay && catalog.rawDays.includes(part.id)
  const kinds = new Set(
    TABLES.filter(({ name, span }) => {
      const range = reach[name]
      return range !== undefined && isWithin(part, range) && isIn(part, span, catalog)
    }).map(({ kind }) => kind),
  )
  return [...kinds].flatMap((kind) => {
    const path = isRaw && !SESSIONS.has(kind) ? null : pathOf(part, kind)
    return path === null ? [] : [{ kind, path }]
  })
}

/** Whether a run, or any run of a day, is in a range. */
export function isWithin({ id, isDay }: Part, { from, to }: RunRange): boolean {
  if (!isDay) return id >= from && id <= to
  if (from === '' && to === '~') return true
  const day = id.replaceAll('-', '')
  return `${day}~` >= from && day <= to
}

function isIn(part: Part, span: Span, catalog: Catalog): boolean {
  const { recentFrom, days, lateDays } = catalog
  const lastDay = days.at(-1)
  if (span === 'all') return true
  if (span === 'recent') return isWithin(part, { from: recentFrom, to: '~' })
  if (span === 'last') return part.id === lastDay
  if (part.isDay) return lateDays.includes(part.id)
  if (isOfRawDay(part, catalog)) return lateDays.includes(runDate(part.id))
  // A run that is older than a compacted day came too late for its sessions.
  return lastDay === undefined || part.id > `${lastDay.replaceAll('-', '')}~`
}

/** Whether this run's files stand for its compacted day. */
function isOfRawDay({ id, isDay }: Part, { rawDays }: Catalog): boolean {
  return !isDay && rawDays.length > 0 && rawDays.includes(runDate(id))
}

function pathOf({ id, isDay }: Part, kind: FileKind): string | null {
  if (kind === 'alerts') return null
  if (isDay) return dailyPath(kind === 'record' ? 'runs' : kind, id)
  return kind === 'sessions' || kind === 'open_sessions' ? null : runPaths(id)[kind]
}

/** The paths of all that was asked for. */
export function pathsOf(parts: readonly StoredPart[]): string[] {
  return parts.flatMap(({ files }) => KINDS.flatMap((kind) => files[kind]?.path ?? []))
}

/** The files under each table that is reached, without the damaged ones. */
export function viewFiles(
  parts: readonly StoredPart[],
  damage: Damage,
  { catalog, reach }: { catalog: Catalog; reach: Reach },
): ViewFiles {
  const isWhole = (part: StoredPart, kind: FileKind) => {
    const one = part.files[kind]
    return one !== undefined && !damage.has(one.path)
  }
  const filesOf = (name: TableName, kind: FileKind, span: Span): TableFiles => {
    if (!reach[name]) return { days: [], runs: [] }
    const some = parts.filter((part) => isWhole(part, kind) && isIn(part, span, catalog))
    // A poll whose snapshots cannot be read proves no absence.
    const proven =
      name === 'raw.live_polls'
        ? some.filter(({ files }) => !damage.has(files.snapshots?.path ?? ''))
        : some
    // A day's limits hold for the raw files that stand for it; records have none, and another form.
    const isAsDay = (part: StoredPart) =>
      part.isDay || (kind !== 'record' && kind !== 'alerts' && isOfRawDay(part, catalog))
    const local = (asDay: boolean) =>
      proven.flatMap((part) => (isAsDay(part) === asDay ? (part.files[kind]?.file ?? []) : []))
    return { days: local(true), runs: local(false) }
  }
  const { recentFrom, closedUntilMs } = catalog
  const closedDays = (kind: 'sessions' | 'polls') =>
    parts.flatMap(({ id, isDay, files }) => {
      const isLeftOut = kind === 'polls' && catalog.rawDays.includes(id)
      if (!isDay || isLeftOut || damage.has(files[kind]?.path ?? '')) return []
      return [{ date: id, file: files[kind]?.file ?? null }]
    })
  return {
    recentFrom,
    closedUntilMs,
    closedDays: { sessions: closedDays('sessions'), polls: closedDays('polls') },
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one entry for each table
    tables: Object.fromEntries(
      TABLES.map(({ name, kind, span }) => [name, filesOf(name, kind, span)]),
    ) as ViewFiles['tables'],
  }
}
