using Orchestrator.Storage.Faults;
using Orchestrator.Storage.Faults.Proxy;
using Orchestrator.Storage.Postgres.Tests.Faults.Proxy;
using Orchestrator.Storage.Postgres.Tests.Faults.Servers;

namespace Orchestrator.Storage.Postgres.Tests.Faults;

[Collection(OwnServer.Name)]
public sealed class ManyLostRepliesTests(PostgresCluster cluster) : ManyLostRepliesSuite(cluster)
{
    internal override IConversation Follow(Func<bool> isCut) => new PostgresConversation(answer => new(answer.IsOfCommit && isCut()));
}
