import { type ClassType, Field, Int, ObjectType } from "type-graphql";
import type { Page } from "../accounts/page.js";

@ObjectType()
export class PageInfo {
  @Field(() => Boolean)
  hasNextPage!: boolean;

  @Field(() => Boolean)
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true })
  startCursor!: string | null;

  @Field(() => String, { nullable: true })
  endCursor!: string | null;
}

/** The classes of a connection to `node`: `<Name>Edge` and `<Name>Connection`, with `totalCount` where it costs nothing. */
export function connectionTo<N extends object>(node: ClassType<N>, name: string, { counted = false } = {}) {
  @ObjectType(`${name}Edge`)
  class Edge {
    @Field(() => String)
    cursor!: string;

    @Field(() => node)
    node!: N;
  }

  @ObjectType(`${name}Connection`)
  class Connection {
    @Field(() => [Edge])
    edges!: Edge[];

    @Field(() => [node])
    nodes!: N[];

    @Field(() => PageInfo)
    pageInfo!: PageInfo;

    totalCount?: number | undefined;

    static of<T>(page: Page<T>, view: (item: T) => N): Connection {
      const edges = page.items.map(({ cursor, item }) => ({ cursor, node: view(item) }));
      const pageInfo = {
        hasNextPage: page.hasNext,
        hasPreviousPage: page.hasPrevious,
        startCursor: edges.at(0)?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      };
      return Object.assign(new Connection(), {
        edges,
        nodes: edges.map((edge) => edge.node),
        pageInfo,
        totalCount: page.totalCount,
      });
    }
  }
  if (counted) Field(() => Int)(Connection.prototype, "totalCount");
  return Connection;
}
