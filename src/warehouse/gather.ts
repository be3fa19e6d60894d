/**
 * Gathering: the files that a question reads, around damage.
 *
 * A compacted day whose daily files are damaged is read from its raw files while all of them are
 * still there. Of the last one that holds for everything: what its sessions were can be rebuilt.
 * An older day's sessions cannot, without those of the day before it: they are left out.
 */

import type { Store } from '../domain/edges.ts'
import { compactedRuns, readCatalog, runsOfDay, type Catalog, type Replaced } from './catalog.ts'
import { checkEnds, type Damage } from './damage.ts'
import type { Reach } from './reach.ts'
import { KINDS, storedFiles, type BringOptions, type StoredPart } from './stored-files.ts'

export interface Gathered {
  catalog: Catalog
  parts: readonly StoredPart[]
  /** All that was found until now. */
  damage: Damage
  replaced: Replaced
}

/**
 * Finds the files, and puts others in the place of damaged ones where it can.
 *
 * @param so What was gathered before: its damage counts on.
 */
export async function gather(
  store: Store,
  reach: Reach,
  bring: BringOptions,
  so: Pick<Gathered, 'catalog'> & Partial<Gathered>,
): Promise<Gathered> {
  let { catalog, damage = new Map(), replaced = new Map() } = so
  for (;;) {
    const parts = await storedFiles(store, catalog, reach, bring)
    damage = new Map([...damage, ...(await checkAllEnds(store, parts, bring))])
    const more = await replaceable(store, { catalog, parts, damage })
    if (more.size === 0) return { catalog, parts, damage, replaced }
    replaced = new Map([...replaced, ...more])
    catalog = (await readCatalog(store, {}, replaced)) ?? catalog
  }
}

/** Looks at the ends of all files; what looks damaged may be so on this machine only. */
async function checkAllEnds(
  store: Store,
  parts: readonly StoredPart[],
  { folder, signal }: BringOptions,
): Promise<Damage> {
  const damage = checkEnds(parts)
  if (damage.size === 0) return damage
  await store.local([...damage.keys()], folder, { doubted: true, signal })
  return checkEnds(parts)
}

/** Damaged days that can be read from raw files. */
async function replaceable(
  store: Store,
  { catalog, parts, damage }: Pick<Gathered, 'catalog' | 'parts' | 'damage'>,
): Promise<Replaced> {
  const more = new Map<string, 'rows' | 'all'>()
  for (const { id, isDay, files } of parts) {
    const damaged = KINDS.filter((kind) => damage.has(files[kind]?.path ?? ''))
    if (!isDay || damaged.length === 0) continue
    const isLast = id === catalog.days.at(-1)
    const hasRows = damaged.some((kind) => kind !== 'sessions' && kind !== 'open_sessions')
    if (!isLast && !hasRows) continue
    const there = new Set(await runsOfDay(store, id))
    const runIds = await compactedRuns(store, id)
    if (there.size === 0 || !runIds.every((runId) => there.has(runId))) continue
    more.set(id, isLast ? 'all' : 'rows')
  }
  return more
}

/** One line a damaged file that the question would have read. */
export function damageWarnings({ catalog, parts, damage, replaced }: Gathered): string[] {
  const read = new Set(
    parts.flatMap(({ files }) => KINDS.flatMap((kind) => files[kind]?.path ?? [])),
  )
  return [
    ...catalog.damage,
    ...[...damage].flatMap(([path, why]) => {
      if (read.has(path)) return [`"${path}" is left out: ${why}`]
      const date = /^v1\/daily\/.*\/date=([^/]+)\//.exec(path)?.[1] ?? ''
      return replaced.has(date) ? [`"${path}" is replaced by the raw files of its day: ${why}`] : []
    }),
  ]
}
