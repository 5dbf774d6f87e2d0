import { isPromise, type MaybePromise } from "../../maybe-promise.js";

/** Names in groups, as `@requiresScopes` and `@policy` have them: all of one group, and any group will do. */
export type Groups = readonly (readonly string[])[];

/** Whether `holds` is true of every name in at least one of the groups; asks no more than it must, one after the other. */
export function holdsForAGroup(groups: Groups, holds: (name: string) => MaybePromise<boolean>): MaybePromise<boolean> {
  const from = (group: number, index: number): MaybePromise<boolean> => {
    for (let names = groups[group]; names !== undefined; names = groups[group]) {
      const name = names[index];
      if (name === undefined) return true;
      const answer = holds(name);
      if (isPromise(answer)) return answer.then((yes) => (yes === true ? from(group, index + 1) : from(group + 1, 0)));
      [group, index] = answer === true ? [group, index + 1] : [group + 1, 0];
    }
    return false;
  };
  return from(0, 0);
}

/** Throws a TypeError for an empty list: it would let nobody through, or (inside another) everyone, and neither can be meant. */
export function parseGroups(directive: string, groups: Groups): Groups {
  if (groups.length === 0 || groups.some((group) => group.length === 0))
    throw new TypeError(`@${directive} has an empty list`);
  return groups;
}
