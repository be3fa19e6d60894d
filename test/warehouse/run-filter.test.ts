import { describe, expect, it } from 'vitest'

import { runFilter } from '../../src/warehouse/run-filter.ts'

const at = (time: string) => `'2026-11-${time}+00'::TIMESTAMP WITH TIME ZONE`
const ALL = { from: '', to: '~' }

describe('runFilter', () => {
  it.each([
    [[], ALL],
    [[`observed_at>${at('20 00:00:00')}`], { from: '20261117', to: '~' }],
    [[`observed_at>=${at('20 23:59:59.123456')}`], { from: '20261117', to: '~' }],
    [[`observed_at<${at('20 00:00:00')}`], { from: '', to: '20261121~' }],
    [[`requested_at=${at('20 12:00:00')}`], { from: '20261117', to: '20261121~' }],
    [
      [`observed_at>=${at('20 00:00:00')} AND observed_at<${at('21 00:00:00')}`],
      { from: '20261117', to: '20261122~' },
    ],
    [["run_id='20261120T000000Z'"], { from: '20261120T000000Z', to: '20261120T000000Z' }],
    [["run_id>='20261120' AND run_id<'20261121'"], { from: '20261120', to: '20261121' }],
    [
      ["host_id='x'", `observed_at>${at('20 00:00:00')}`, "run_id<='20261122T000000Z'"],
      { from: '20261117', to: '20261122T000000Z' },
    ],
  ])('reads %j', (filters, range) => {
    expect(runFilter('snapshots', filters)).toEqual(range)
  })

  it.each([
    [`optional: observed_at>${at('20 00:00:00')}`],
    [`observed_at>${at('20 00:00:00')} OR observed_at<${at('10 00:00:00')}`],
    [`(observed_at>${at('20 00:00:00')})`],
    [`first_seen_at>${at('20 00:00:00')}`],
    [`observed_at!=${at('20 00:00:00')}`],
    ["observed_at>'infinity'::TIMESTAMP WITH TIME ZONE"],
    ["observed_at>'20261-01-01 00:00:00+00'::TIMESTAMP WITH TIME ZONE"],
    ["observed_at>'2026-11-20 00:00:00+01'::TIMESTAMP WITH TIME ZONE"],
    ["observed_at>'2026-11-20'"],
    ["user_name='x AND run_id>''2027'"],
    ["run_id IN ('20261120T000000Z')"],
    ['(observed_at IS NOT NULL)'],
  ])('takes %s for no limit', (filter) => {
    expect(runFilter('polls', [filter])).toEqual(ALL)
  })

  it('knows what a time says in which files', () => {
    const from = [`started_at>=${at('20 00:00:00')}`]
    expect(runFilter('record', from)).toEqual({ from: '20261117', to: '~' })
    // Azure's word on when a session began says nothing of the run.
    expect(runFilter('snapshots', from)).toEqual(ALL)
    expect(runFilter('sessions', from)).toEqual(ALL)
    // A session's end is certain at any time after it was last seen.
    const seen = [`last_seen_at>=${at('20 00:00:00')} AND last_seen_at<${at('21 00:00:00')}`]
    expect(runFilter('sessions', seen)).toEqual({ from: '20261117', to: '~' })
  })

  it('is not misled by a value with a line break', () => {
    const line = `observed_at>${at('20 00:00:00').replaceAll("'", "''")}'`
    expect(runFilter('snapshots', ["user_name='a", line])).toEqual(ALL)
    expect(runFilter('snapshots', ["user_name='a''", `observed_at>${at('20 00:00:00')}`])).toEqual(
      ALL,
    )
  })
})
