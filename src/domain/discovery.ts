/**
 * Discovery: by which list a run finds hosts.
 *
 * `arm`: each subscription's own list, which proves how many there are · `graph`: Resource Graph, an
 * index that lags, and leaves out what it cannot read. It proves that a host is there, never that
 * none is.
 */

export const DISCOVERIES = ['arm', 'graph'] as const
export type Discovery = (typeof DISCOVERIES)[number]
