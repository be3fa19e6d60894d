/**
 * The notifiers that the settings ask for: one for each destination that has a setting.
 */

import process from 'node:process'
import type { Writable } from 'node:stream'

import type { Notifier } from '../domain/notice.ts'
import type { Settings } from '../domain/settings.ts'
import { cloudevents } from './cloudevents.ts'
import { file } from './file.ts'
import { pagerduty } from './pagerduty.ts'
import { createPost, type PostOptions } from './post.ts'
import { slack } from './slack.ts'
import { teams } from './teams.ts'
import { webhook } from './webhook.ts'

export interface NotifierOptions extends Omit<PostOptions, 'privateHosts'> {
  /** Where a file named `-` is written (default the process's). */
  stdout?: Writable
}

export type NotifySettings = Pick<
  Settings,
  | 'notifyWebhook'
  | 'notifyWebhookKey'
  | 'notifyCloudevents'
  | 'notifyTeams'
  | 'notifySlack'
  | 'notifyPagerduty'
  | 'notifyPagerdutyUrl'
  | 'notifyFile'
  | 'notifyPrivateHosts'
>

/** Makes the notifiers, in the order of `DESTINATIONS`. Nothing is connected to yet. */
export function openNotifiers(
  settings: NotifySettings,
  { stdout = process.stdout, ...options }: NotifierOptions,
): Notifier[] {
  const post = createPost({ ...options, privateHosts: settings.notifyPrivateHosts })
  const { notifyWebhook, notifyCloudevents, notifyTeams, notifySlack } = settings
  const { notifyPagerduty, notifyPagerdutyUrl, notifyFile } = settings
  return [
    notifyWebhook !== null && webhook(notifyWebhook, settings.notifyWebhookKey, post),
    notifyCloudevents !== null && cloudevents(notifyCloudevents, post),
    notifyTeams !== null && teams(notifyTeams, post),
    notifySlack !== null && slack(notifySlack, post),
    notifyPagerduty !== null && pagerduty(notifyPagerdutyUrl, notifyPagerduty, post),
    notifyFile !== null && file(notifyFile, stdout),
  ].filter((notifier) => notifier !== false)
}
