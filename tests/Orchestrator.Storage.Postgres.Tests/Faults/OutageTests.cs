using Orchestrator.Storage.Faults;
using Orchestrator.Storage.Postgres.Tests.Faults.Servers;

namespace Orchestrator.Storage.Postgres.Tests.Faults;

[Collection(OwnServer.Name)]
public sealed class OutageTests(PostgresCluster cluster) : OutageSuite(cluster);
