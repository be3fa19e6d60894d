/**
 * The program: its commands, as commander reads them from a command line.
 *
 * Help must be quick. So a command's file is loaded when that command is called, and a command
 * loads what it needs (DuckDB, the Azure SDK) when it acts.
 */

import { Command } from 'commander'

import manifest from '../../package.json' with { type: 'json' }
import type { Context, Define } from './context.ts'
import { EXIT_CODES_HELP } from './exit-code.ts'
import { introduce, shapeHelp } from './help.ts'
import { PROGRAM } from './program-name.ts'

interface CommandEntry {
  name: string
  summary: string
  load: () => Promise<Define>
}

const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'collect',
    summary: 'Ask every Bastion host who is connected, and keep the answers',
    load: async () => (await import('./commands/collect.ts')).defineCollect,
  },
  {
    name: 'query',
    summary: 'Answer a question in SQL',
    load: async () => (await import('./commands/query.ts')).defineQuery,
  },
  {
    name: 'sessions',
    summary: 'List who was connected to what, from when to when',
    load: async () => (await import('./commands/sessions.ts')).defineSessions,
  },
  {
    name: 'hosts',
    summary: 'List every known host, and when it last answered',
    load: async () => (await import('./commands/hosts.ts')).defineHosts,
  },
  {
    name: 'runs',
    summary: 'List the runs: what was asked when, and what came of it',
    load: async () => (await import('./commands/runs.ts')).defineRuns,
  },
  {
    name: 'coverage',
    summary: 'Show how much of the time is proven, for each host',
    load: async () => (await import('./commands/coverage.ts')).defineCoverage,
  },
  {
    name: 'gaps',
    summary: 'List when a host was not read, and why',
    load: async () => (await import('./commands/gaps.ts')).defineGaps,
  },
  {
    name: 'alerts',
    summary: 'List what the rules find, and tell whoever is to be told',
    load: async () => (await import('./commands/alerts.ts')).defineAlerts,
  },
  {
    name: 'rules',
    summary: 'List the rules: what somebody should know of',
    load: async () => (await import('./commands/rules.ts')).defineRules,
  },
  {
    name: 'silence',
    summary: 'Hold the notices of some alerts back for a while, or list what is held back',
    load: async () => (await import('./commands/silence.ts')).defineSilence,
  },
  {
    name: 'compact',
    summary: 'Turn closed days into one sorted file a table',
    load: async () => (await import('./commands/compact.ts')).defineCompact,
  },
  {
    name: 'connect',
    summary: 'Open the ledger in any client of DuckDB',
    load: async () => (await import('./commands/connect.ts')).defineConnect,
  },
  {
    name: 'doctor',
    summary: 'Check sign-in, permissions, clock and warehouse, and say how to mend each',
    load: async () => (await import('./commands/doctor.ts')).defineDoctor,
  },
  {
    name: 'demo',
    summary: 'Show all of it on a made-up Azure, in seconds',
    load: async () => (await import('./commands/demo.ts')).defineDemo,
  },
]

/**
 * Makes the program.
 *
 * @param called The command that the command line names: the only one that is loaded.
 * @param say Takes the text of help and version.
 */
export async function createProgram(
  context: Context,
  called: string | undefined,
  say: (text: string) => void,
): Promise<Command> {
  const program = new Command(PROGRAM)
    .version(manifest.version, '-V, --version', 'Show the version')
    .usage('<command> [options]')
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: say, writeErr: say, outputError: () => {} })
  shapeHelp(program, context.terminal)
  introduce(program, context.terminal, `${manifest.description}.`, [
    ['collect', 'ask every host once'],
    ['collect --every 5m', 'ask again every five minutes'],
    ['hosts', 'the hosts, and when each last answered'],
    ['query "FROM active_sessions"', 'who is connected'],
    ['query --help', 'more about a command'],
  ])
  program.addHelpText('after', `\n${EXIT_CODES_HELP}`)

  for (const { name, summary, load } of COMMANDS) {
    const command = program.command(name).summary(summary)
    if (name !== called) continue
    const define = await load()
    define(command, context)
    command.optionsGroup('Options:').option('--debug', 'Show where an unexpected error came from')
  }
  return program
}
