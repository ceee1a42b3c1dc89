/** The tutorial server as a program: `node dist/test/servers/tutorial/main.js [bug...]` prints its URL and runs until it is ended. */
import { startTutorialServer, TUTORIAL_BUGS, type TutorialBug } from './server.js';

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(TUTORIAL_BUGS as readonly string[]).includes(name));
if (unknown !== undefined) {
  process.stderr.write(`there is no bug "${unknown}"; known: ${TUTORIAL_BUGS.join(', ')}\n`);
  process.exit(2);
}
const { url } = await startTutorialServer({ bugs: asked as TutorialBug[] });
process.stdout.write(`${url}\n`);
