using Orchestrator.Storage.Faults;
using Orchestrator.Storage.Faults.Proxy;
using Orchestrator.Storage.Redis.Tests.Faults.Proxy;
using Orchestrator.Storage.Redis.Tests.Faults.Servers;

namespace Orchestrator.Storage.Redis.Tests.Faults;

[Collection(OwnServer.Name)]
public sealed class ManyLostRepliesTests(RedisNode node) : ManyLostRepliesSuite(node)
{
    internal override IConversation Follow(Func<bool> isCut) => new RedisConversation(call => new(call.IsCommit && isCut()));
}
