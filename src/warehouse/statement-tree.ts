/** Statements as DuckDB's parser serializes them: trees of nodes, each with its type. */

/** All nodes of a type, at whatever depth. Without recursion: depth is the asker's. */
export function nodesOf(statements: readonly unknown[], type: string): object[] {
  const nodes: object[] = []
  const left: unknown[] = [...statements]
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (typeof node !== 'object' || node === null) continue
    if ('type' in node && node.type === type) nodes.push(node)
    left.push(...Object.values(node))
  }
  return nodes
}
