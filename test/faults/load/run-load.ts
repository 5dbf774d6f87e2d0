import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Operation } from "../../history/operation.js";
import type { Instance } from "../rig/instance.js";
import type { Service } from "../rig/site.js";
import { finish, type LoadReport } from "./finish.js";
import { createPerson, type Person } from "./person.js";
import type { Random } from "./random.js";
import { type SignedUp, signUp } from "./sign-up.js";

/** People who do things at the servers of a site, until they are told to stop. */
export type Load = {
  operations: readonly Operation[];
  /** One more user, who does what the test says, and is looked at like the others. */
  join(at: Instance): Promise<SignedUp>;
  /** Heals the site, asks for everything once more, and checks what everybody saw. */
  stop(): Promise<LoadReport>;
};

export type LoadOptions = {
  site: Service;
  random: Random;
  people?: number;
  /** How many things each does at once. */
  hands?: number;
  /** Between two things that one hand does, on the average. */
  pauseMs?: number;
};

/** The site must be whole: everybody signs up first. */
export async function startLoad({
  site,
  random,
  people: count = 15,
  hands = 2,
  pauseMs = 150,
}: LoadOptions): Promise<Load> {
  const stop = new AbortController();
  // each hand waits for it
  setMaxListeners(0, stop.signal);
  const operations: Operation[] = [];
  const run = randomBytes(4).toString("hex");
  const people = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const signedUp = await signUp(`p${index}-${run}`, random.pick(site.instances), operations);
      return createPerson({ signedUp, instances: site.instances, random });
    }),
  );

  async function work(person: Person) {
    while (!stop.signal.aborted) {
      await person.step();
      await delay(random.between(0, 2 * pauseMs), undefined, { signal: stop.signal }).catch(() => {});
    }
  }
  const working = people.flatMap((person) => Array.from({ length: hands }, () => work(person)));
  // told by `stop`
  for (const each of working) each.catch(() => {});

  const joined: string[] = [];
  return {
    operations,
    async join(at) {
      const signedUp = await signUp(`j${joined.length}-${run}`, at, operations);
      joined.push(signedUp.user);
      return signedUp;
    },
    async stop() {
      stop.abort();
      await Promise.all(working);
      return finish({
        site,
        operations,
        users: [...people.map(({ user }) => user), ...joined],
        async lookAgain() {
          for (const person of people) await person.askForAll();
        },
      });
    },
  };
}
