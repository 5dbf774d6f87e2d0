import "reflect-metadata";
import { type GraphQLSchema, specifiedDirectives } from "graphql";
import {
  Arg,
  buildSchemaSync,
  Directive,
  Field,
  InputType,
  Int,
  InterfaceType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Subscription,
} from "type-graphql";
import { directives } from "../../../src/graphql/directives/index.js";
import { schemaOf } from "./support.js";

/** Where the one directive of a schema stands. */
export type Place =
  | "root field"
  | "object type"
  | "interface"
  | "field"
  | "interface field"
  | "argument"
  | "input field";

type At = (place: Place) => string;

/** Builds the schema of the matrix with the directive at one place; `calls` counts the root resolvers that ran. */
export type Build = (place: Place, directive: string, calls: { count: number }) => GraphQLSchema;

export const thing = { __typename: "Thing", name: "lamp" };

async function* twoEvents() {
  yield thing;
  yield thing;
}

function placer(place: Place, directive: string): At {
  return (each) => (each === place ? directive : each === "root field" ? "@public" : "");
}

/** The schema of the matrix written in SDL. */
export const buildFromSdl: Build = (place, directive, calls) => {
  const at = placer(place, directive);
  const fields = `
    thing(plain: Int, arg: Int ${at("argument")}, deep: [Deep!]): Thing ${at("root field")}
    named(plain: Int): Named @public
    either(plain: Int): Either @public`;
  const resolve = () => {
    calls.count += 1;
    return thing;
  };
  const roots = ["Query", "Mutation", "Subscription"];
  const names = roots.flatMap((root) => ["thing", "named", "either"].map((field) => `${root}.${field}`));
  const subscribes = names.filter((name) => name.startsWith("Sub")).map((name) => [`${name}:subscribe`, twoEvents]);
  return schemaOf(
    `interface Named ${at("interface")} { name: String ${at("interface field")} }
    type Thing implements Named ${at("object type")} { name: String ${at("field")} }
    type Other { name: String }
    union Either = Thing | Other
    input Deep { other: Int, secret: Int ${at("input field")}, deeper: [Deep!] }
    ${roots.map((root) => `type ${root} {${fields}}`).join("\n")}`,
    Object.fromEntries([...names.map((name) => [name, resolve]), ...subscribes]),
  );
};

/** The same schema made by type-graphql, apart from the union, which it makes of classes and not of values. */
export const buildFromCode: Build = (place, directive, calls) => {
  // type-graphql keeps all decorated classes of a process in one place.
  (globalThis as { TypeGraphQLMetadataStorage?: { clear(): void } }).TypeGraphQLMetadataStorage?.clear();
  const at = placer(place, directive);
  const on = (each: Place) => (at(each) === "" ? () => undefined : Directive(at(each)));

  @on("interface")
  @InterfaceType({ resolveType: () => "Thing" })
  abstract class Named {
    @on("interface field")
    @Field(() => String, { nullable: true })
    name?: string;
  }

  @on("object type")
  @ObjectType({ implements: Named })
  class Thing extends Named {
    @on("field")
    @Field(() => String, { nullable: true })
    override name?: string = "lamp";
  }

  @InputType()
  class Deep {
    @Field(() => Int, { nullable: true })
    other?: number;

    @on("input field")
    @Field(() => Int, { nullable: true })
    secret?: number;

    @Field(() => [Deep], { nullable: true })
    deeper?: Deep[];
  }

  const answer = () => {
    calls.count += 1;
    return new Thing();
  };
  const nullable = { nullable: true };

  @Resolver()
  class Things {
    @on("root field")
    @Query(() => Thing, { ...nullable, name: "thing" })
    query(
      @Arg("plain", () => Int, nullable) _plain?: number,
      @on("argument") @Arg("arg", () => Int, nullable) _arg?: number,
      @Arg("deep", () => [Deep], nullable) _deep?: Deep[],
    ): Thing {
      return answer();
    }

    @on("root field")
    @Mutation(() => Thing, { ...nullable, name: "thing" })
    mutation(
      @Arg("plain", () => Int, nullable) _plain?: number,
      @on("argument") @Arg("arg", () => Int, nullable) _arg?: number,
      @Arg("deep", () => [Deep], nullable) _deep?: Deep[],
    ): Thing {
      return answer();
    }

    @on("root field")
    @Subscription(() => Thing, { ...nullable, name: "thing", subscribe: twoEvents })
    subscription(
      @Arg("plain", () => Int, nullable) _plain?: number,
      @on("argument") @Arg("arg", () => Int, nullable) _arg?: number,
      @Arg("deep", () => [Deep], nullable) _deep?: Deep[],
    ): Thing {
      return answer();
    }

    @Directive("@public")
    @Query(() => Named, { ...nullable, name: "named" })
    namedQuery(@Arg("plain", () => Int, nullable) _plain?: number): Named {
      return answer();
    }

    @Directive("@public")
    @Mutation(() => Named, { ...nullable, name: "named" })
    namedMutation(@Arg("plain", () => Int, nullable) _plain?: number): Named {
      return answer();
    }

    @Directive("@public")
    @Subscription(() => Named, { ...nullable, name: "named", subscribe: twoEvents })
    namedSubscription(@Arg("plain", () => Int, nullable) _plain?: number): Named {
      return answer();
    }
  }

  return buildSchemaSync({
    resolvers: [Things],
    directives: [...specifiedDirectives, ...directives],
    validate: false,
    pubSub: { publish: () => undefined, subscribe: () => twoEvents() as never },
  });
};
