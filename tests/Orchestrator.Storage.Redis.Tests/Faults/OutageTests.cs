using Orchestrator.Storage.Faults;
using Orchestrator.Storage.Redis.Tests.Faults.Servers;

namespace Orchestrator.Storage.Redis.Tests.Faults;

[Collection(OwnServer.Name)]
public sealed class OutageTests(RedisNode node) : OutageSuite(node);
