/** Every limit and default of the scenario language, with a name and a unit; schema, loader and documents read them from here. */

export const LANGUAGE_LIMITS = {
  /** Largest scenario file in bytes. */
  fileBytesMax: 1_000_000,
  /** Lexical tokens of one file; bounds the time that reading a hostile file can take. */
  tokensMax: 100_000,
  /** Deepest nesting of the YAML parser's stack and of an object given to the API. */
  depthMax: 40,
  /** Values of one file, with aliases expanded. */
  valuesMax: 20_000,
  /** Reported problems per file. */
  problemsMax: 200,
  /** Files read in one go, folders included. */
  filesMax: 10_000,
  /** Depth of folders below a given folder. */
  folderDepthMax: 16,
  nameCharsMax: 200,
  descriptionCharsMax: 4_000,
  tagsMax: 32,
  needsMax: 16,
  /** Messages per step of a hostile agent, and the longest message. */
  hostileTimesMax: 10_000,
  hostileCharsMax: 100_000,
  /** Largest number of messages that an expectation counts. */
  countMax: 1_000,
  agentsMax: 16,
  devicesMax: 16,
  repeatMax: 1_000,
  /** Steps written in one file, nested ones included. */
  stepsMax: 500,
  /** Steps of one repetition with `repeat` steps unrolled. */
  unrolledStepsMax: 10_000,
  durationMsMax: 24 * 3_600_000,
  waitMsMax: 10 * 60_000,
  withinMsMax: 10 * 60_000,
  /** Longest text of a step. */
  sentenceCharsMax: 240,
} as const;

export const LANGUAGE_DEFAULTS = {
  repeat: 1,
  timeoutMs: 30_000,
  withinMs: 2_000,
  media: 'audio',
  device: 'phone',
} as const;
