/** The names of the known bugs of the probe's own clients; the compiler requires an entry for each in every table. */
export type ClientDefectName =
  | 'ignore-answered'
  | 'ignore-cancel'
  | 'sibling-rings-on'
  | 'never-emits'
  | 'hang-up-unsent'
  | 'writes-once'
  | 'no-dedupe'
  | 'last-write-wins'
  | 'torn-ui'
  | 'late-render'
  | 'timer-from-invite'
  | 'timer-from-wall-clock'
  | 'answers-recvonly';
