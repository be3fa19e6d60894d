/**
 * Which sessions are meant: the flags that name a person, a machine or a host, as SQL.
 *
 * A value is matched whole and in any case; `*` stands for any text and `?` for one character. All
 * values are bound, never written into the SQL.
 */

export interface SessionNames {
  user?: string | undefined
  target?: string | undefined
  host?: string | undefined
  subscription?: string | undefined
}

/** Collects the values of one statement, and names them. */
export interface Values {
  readonly all: readonly (string | number)[]
  /** @returns How the SQL names it: `$1`, and so on. The same value has one name. */
  bind(value: string | number): string
}

export function createValues(): Values {
  const all: (string | number)[] = []
  return {
    all,
    bind(value) {
      const known = all.indexOf(value)
      return `$${known === -1 ? all.push(value) : known + 1}`
    },
  }
}

/** Conditions on rows of `sessions`, or of a relation with the same columns. */
export function namedSessions(names: SessionNames, values: Values): string[] {
  const { user, target } = names
  return [
    ...(user === undefined
      ? []
      : [either(['user_name', "split_part(user_name, '@', 1)"], user, values)]),
    ...(target === undefined ? [] : [targetIs(target, values)]),
    ...namedHosts(names, values),
  ]
}

/** The target by its name, its address, its ARM id, or the name at the end of that. */
export function targetIs(target: string, values: Values): string {
  const columns = ['target_host_name', 'target_ip_address', 'target_resource_id']
  return either([...columns, "split_part(target_resource_id, '/', -1)"], target, values)
}

/** Conditions on whatever has the columns `host_id`, `host_name` and `subscription_id`. */
export function namedHosts({ host, subscription }: SessionNames, values: Values): string[] {
  return [
    ...(host === undefined ? [] : [either(['host_name', 'host_id'], host, values)]),
    ...(subscription === undefined ? [] : [subscriptionIs(subscription, values)]),
  ]
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** A subscription has its name in the view `hosts` only, which is not read for an id. */
function subscriptionIs(subscription: string, values: Values): string {
  const byId = either(['subscription_id'], subscription, values)
  if (UUID.test(subscription)) return byId
  const named = either(['subscription_name'], subscription, values)
  return `(${byId} OR subscription_id IN (SELECT subscription_id FROM hosts WHERE ${named}))`
}

function either(columns: readonly string[], value: string, values: Values): string {
  const like = `ILIKE ${values.bind(patternOf(value))} ESCAPE '\\'`
  return `(${columns.map((column) => `coalesce(${column} ${like}, false)`).join(' OR ')})`
}

/** A glob as LIKE has it. */
function patternOf(glob: string): string {
  return glob
    .replaceAll(/[\\%_]/g, '\\$&')
    .replaceAll('*', '%')
    .replaceAll('?', '_')
}
