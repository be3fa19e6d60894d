/**
 * The settings of commands that ask the rules.
 */

import type { Command } from 'commander'

import { addSettingFlags } from '../setting-flags.ts'

export function addAlertSettings(command: Command): void {
  addSettingFlags(command, [
    'warehouse',
    'intervalMs',
    'rules',
    'silences',
    'longSessionMs',
    'notifyFile',
    'notifyPrivateHosts',
    'memoryLimit',
    'queryTimeoutMs',
  ])
}
