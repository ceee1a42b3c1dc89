/** What a kind of YAML file is called and begins with: scenarios and other files are read by the same code, and problems speak of the right one. */

export interface FileWords {
  /** `scenario`: as in "is it a scenario at all?". */
  readonly noun: string;
  /** How such a file begins, as the hint for one that is empty. */
  readonly begins: string;
  /** What the map of such a file holds, as the hint for one that holds something else. */
  readonly holds: string;
  /** Required keys, each with how it is written. */
  readonly examples: Readonly<Record<string, string>>;
  /** A map with names of the user's own in it. */
  readonly map: string;
}

export const SCENARIO_WORDS: FileWords = {
  noun: 'scenario',
  begins: 'a scenario begins with name, agents and steps; see docs/scenarios.md',
  holds: 'a scenario is a map with the keys name, agents and steps',
  examples: {
    name: 'name: callee accepts, both sides are connected',
    agents: 'agents: { alice: {}, bob: {} }',
    steps: 'steps: and a list that begins with - alice: call bob',
    times: 'times: 3',
    max: 'max: 500ms',
  },
  map: '{ alice: {}, bob: {} }',
};
