/** The words for a kind of YAML file: scenarios and dialects are read by the same code, and problems use the right words. */

export interface FileWords {
  /** `scenario`: as in "is it a scenario at all?". */
  readonly noun: string;
  /** The hint for an empty file. */
  readonly begins: string;
  /** The hint for a file with another content. */
  readonly holds: string;
  /** Required keys, each with an example. */
  readonly examples: Readonly<Record<string, string>>;
  /** An example of a map with custom names. */
  readonly map: string;
}

export const SCENARIO_WORDS: FileWords = {
  noun: 'scenario',
  begins: 'a scenario begins with name, agents and steps; see docs/scenarios.md',
  holds: 'a scenario is a map with the keys name, agents and steps',
  examples: {
    name: 'name: callee accepts, both sides are connected',
    agents: 'agents: { alice: {}, bob: {} }',
    steps: 'steps: with a list that begins with - alice: call bob',
    times: 'times: 3',
    max: 'max: 500ms',
  },
  map: '{ alice: {}, bob: {} }',
};
