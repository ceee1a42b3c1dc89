/** Where a run took place, from the variables that CI services document: attributes `cicd.*` and `vcs.*` of OpenTelemetry. */

export type CiEnvironment = Readonly<Record<string, string | undefined>>;

interface Service {
  /** The variable that only this service sets. */
  readonly sign: string;
  /** Attributes, and the variable that each is taken from, or the first of several. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

const SERVICES: readonly Service[] = [
  {
    sign: 'GITHUB_ACTIONS',
    attributes: {
      'cicd.pipeline.name': ['GITHUB_WORKFLOW'],
      'cicd.pipeline.run.id': ['GITHUB_RUN_ID'],
      'cicd.pipeline.task.name': ['GITHUB_JOB'],
      'vcs.repository.name': ['GITHUB_REPOSITORY'],
      'vcs.ref.head.name': ['GITHUB_HEAD_REF', 'GITHUB_REF_NAME'],
      'vcs.ref.base.name': ['GITHUB_BASE_REF'],
      'vcs.ref.head.revision': ['GITHUB_SHA'],
    },
  },
  {
    sign: 'GITLAB_CI',
    attributes: {
      'cicd.pipeline.name': ['CI_PIPELINE_NAME', 'CI_PROJECT_NAME'],
      'cicd.pipeline.run.id': ['CI_PIPELINE_ID'],
      'cicd.pipeline.task.name': ['CI_JOB_NAME'],
      'vcs.repository.name': ['CI_PROJECT_PATH'],
      'vcs.ref.head.name': ['CI_COMMIT_REF_NAME'],
      'vcs.ref.base.name': ['CI_MERGE_REQUEST_TARGET_BRANCH_NAME'],
      'vcs.ref.head.revision': ['CI_COMMIT_SHA'],
    },
  },
  {
    sign: 'JENKINS_URL',
    attributes: {
      'cicd.pipeline.name': ['JOB_NAME'],
      'cicd.pipeline.run.id': ['BUILD_NUMBER'],
      'vcs.ref.head.name': ['CHANGE_BRANCH', 'BRANCH_NAME', 'GIT_BRANCH'],
      'vcs.ref.base.name': ['CHANGE_TARGET'],
      'vcs.ref.head.revision': ['GIT_COMMIT'],
    },
  },
  {
    sign: 'CIRCLECI',
    attributes: {
      'cicd.pipeline.name': ['CIRCLE_JOB'],
      'cicd.pipeline.run.id': ['CIRCLE_WORKFLOW_ID'],
      'vcs.repository.name': ['CIRCLE_PROJECT_REPONAME'],
      'vcs.ref.head.name': ['CIRCLE_BRANCH'],
      'vcs.ref.head.revision': ['CIRCLE_SHA1'],
    },
  },
];

const CHARS_MAX = 256;

/** Attributes of the CI service that these variables are of; none outside of one, and nothing from any other variable. */
export function ciAttributes(env: CiEnvironment): Record<string, string> {
  const service = SERVICES.find(({ sign }) => (env[sign] ?? '') !== '');
  if (service === undefined) return {};
  const attributes = Object.entries(service.attributes).flatMap(([name, variables]): [string, string][] => {
    const value = variables.map((variable) => env[variable] ?? '').find((text) => text !== '');
    return value === undefined ? [] : [[name, value.slice(0, CHARS_MAX)]];
  });
  return Object.fromEntries(attributes);
}
