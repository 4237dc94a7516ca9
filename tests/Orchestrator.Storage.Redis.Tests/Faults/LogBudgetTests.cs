using Orchestrator.Storage.Faults;
using Orchestrator.Storage.Redis.Tests.Faults.Servers;

namespace Orchestrator.Storage.Redis.Tests.Faults;

[Collection(OwnServer.Name)]
public sealed class LogBudgetTests(RedisNode node) : LogBudgetSuite(node)
{
    protected override IEnumerable<string> ImpatientOptions => [$"ConnectionStrings:Redis={node.Configuration},asyncTimeout=1000"];

    protected override Task SuspendAsync() => node.SuspendAsync();

    protected override Task ResumeAsync() => node.ResumeAsync();

    protected override Task ForbidWritesAsync() => node.DoAsync("REPLICAOF", "127.0.0.1", "1");

    protected override Task AllowWritesAsync() => node.DoAsync("REPLICAOF", "NO", "ONE");
}
