/**
 * A module of the build, with the types of its source. What is measured is what is shipped: run from the sources, `tsx` would add a
 * call to every function that a request makes.
 */
export async function built<Module>(file: string): Promise<Module> {
  return (await import(new URL(`../dist/${file}`, import.meta.url).href)) as Module;
}
