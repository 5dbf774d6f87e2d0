import { Directive, Resolver, Root, Subscription } from "type-graphql";
import { requestOf } from "../context.js";
import { SessionEnded } from "./session-ended.type.js";
import { SessionsChanged } from "./sessions-changed.type.js";

@Resolver()
export class SubscriptionsResolver {
  @Directive("@authenticated")
  @Subscription(() => SessionEnded, {
    subscribe: ({ context }) => requestOf(context).waitForEnd(),
    description: "Tells you that the session you ask with has ended, and then the connection is closed.",
  })
  sessionEnded(@Root() ended: SessionEnded): SessionEnded {
    return ended;
  }

  @Directive("@authenticated")
  @Subscription(() => SessionsChanged, {
    subscribe: async ({ context }) => {
      const { parts, admitted } = requestOf(context);
      return parts.news.of((await admitted()).principal.userId);
    },
    description: "Tells you of sessions of yours that begin and end, this one's end aside.",
  })
  mySessionsChanged(@Root() change: SessionsChanged): SessionsChanged {
    return change;
  }
}
